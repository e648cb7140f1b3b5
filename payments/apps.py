from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from access import approvals
        from payments.services import allocating, verifying

        approvals.register(allocating.KIND, preview=allocating.preview_request, execute=allocating.execute_request)
        verifying.register_checks()
