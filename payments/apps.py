from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from access import approvals
        from ledger import verification
        from payments.services import allocating

        approvals.register(allocating.KIND, preview=allocating.preview_request, execute=allocating.execute_request)
        verification.register("payments received what was booked", verification.by_query("payments", "verify/received"))
        verification.register("keys that booked have their transfers", verification.by_query("payments", "verify/movements"))
        verification.register("nothing speaks of what is not there", verification.by_query("payments", "verify/orphans"))
        verification.register("rollups and payments say the same sums", verification.by_query("payments", "verify/rollups"))
