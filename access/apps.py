from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    name = "access"

    def ready(self) -> None:
        # Permissions are made app by app, so the roles are filled when the last app that has models has had its turn.
        last = [app for app in apps.get_app_configs() if app.models_module][-1]
        post_migrate.connect(fill_roles, sender=last)
        post_migrate.connect(fill_limits, sender=self)

        from access.signing_in.sessions import note_beginning

        user_logged_in.connect(note_beginning)


def fill_roles(apps: Any = apps, **_: Any) -> None:
    """After a migration, unless it took the tables of groups away."""
    from access.services.roles import apply_roles

    if apps.all_models.get("auth"):
        apply_roles()


def fill_limits(apps: Any = apps, **_: Any) -> None:
    """After a migration, unless it took the table of limits away."""
    from access.services.approval_limits import apply_limits

    if "approvallimit" in apps.all_models.get("access", {}):
        apply_limits()
