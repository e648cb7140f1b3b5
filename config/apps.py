import sys
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class BackOfficeConfig(SimpleAdminConfig):
    """The admin, loaded with the URLs and not with the apps: workers have no use for its pages, and each would carry them."""

    default_site = "config.admin_site.BackOffice"


class ConfigConfig(AppConfig):
    name = "config"
    default = True
    verbose_name = "Bursar"

    def ready(self) -> None:
        from config.checks import refuse_unsafe_start

        # A web process does not load tasks by itself, and a name that is not registered can't be checked.
        autodiscover_modules("tasks")
        # Django sends post_migrate only for apps that have models, which config has not; core stands for all.
        post_migrate.connect(grant_runtime_role, sender=apps.get_app_config("core"))
        if settings.IS_PRODUCTION and "check" not in sys.argv[1:2]:
            refuse_unsafe_start()


def grant_runtime_role(using: str, **_: Any) -> None:
    """Give the runtime role what it needs on new tables, and no more. Nothing to do where one role does both."""
    role = settings.DATABASE_RUNTIME_ROLE
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regproc('grant_runtime') IS NOT NULL AND current_user <> %s"
            " AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)",
            [role, role],
        )
        if cursor.fetchone()[0]:
            cursor.execute("SELECT grant_runtime(%s)", [role])
