from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from access import approvals
        from core import idempotency
        from payments import leftovers
        from payments.services import allocating, verifying

        approvals.register(allocating.KIND, preview=allocating.preview_request, execute=allocating.execute_request)
        verifying.register_checks()
        for operation in leftovers.OPERATIONS:
            idempotency.when_left(operation, leftovers.as_it_stands)
        post_migrate.connect(fill_routes, sender=self)


def fill_routes(apps: Any = apps, **_: Any) -> None:
    """After a migration, unless it took the table of routes away."""
    from payments.routing import fill

    if "paymentroute" in apps.all_models.get("payments", {}):
        fill()
