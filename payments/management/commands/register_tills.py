from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.errors import GatewayTrouble
from payments.gateways.registry import outbound


class Command(BaseCommand):
    help = "Tell Daraja where to ask and report about money that payers send to our M-Pesa till on their own."

    def handle(self, *args: Any, **options: Any) -> None:
        from payments.gateways.mpesa.tills import register_tills

        try:
            fresh = register_tills(outbound("mpesa").wire())
        except GatewayTrouble as trouble:
            raise CommandError(trouble.detail) from trouble
        self.stdout.write(
            "Daraja knows our addresses now." if fresh else "Daraja has had addresses for this till before; they stay."
        )
