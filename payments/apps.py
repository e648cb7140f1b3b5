from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from ledger import verification

        verification.register("rollups and payments say the same sums", verification.by_query("payments", "verify/rollups"))
