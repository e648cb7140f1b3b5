from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from access import approvals
        from ledger import verification
        from payments.services import allocating

        approvals.register(allocating.KIND, preview=allocating.preview_request, execute=allocating.execute_request)
        verification.register("rollups and payments say the same sums", verification.by_query("payments", "verify/rollups"))
