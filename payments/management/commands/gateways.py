"""`manage.py gateways check | routes`: can payments be taken, and which way do they go?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.management.tables import print_table
from payments.gateways.registry import OUTBOUND
from payments.models import PaymentRoute
from payments.routing import ANY
from payments.services.checking import Finding, check


class Command(BaseCommand):
    help = "Check that the gateways can be used, or list which of them takes what."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        checking = acts.add_parser(
            "check",
            help="Credentials, the gateway's word on them, its circuit, the secrets of its doors; moves no money.",
            description="Exits with 1 when a gateway that is named, or that an open route leads to, can not be used.",
        )
        checking.add_argument("--gateway", choices=OUTBOUND, action="append", help="This one; again for another.")
        acts.add_parser("routes", help="Which gateway takes which method in which currency.")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        getattr(self, f"_{act}")(options)

    def _check(self, options: dict[str, Any]) -> None:
        named = options["gateway"] or []
        findings = [check(name) for name in named or OUTBOUND]
        print_table(
            self.stdout, ["", "gateway", "credentials", "answer", "circuit", "doors"], [_row(found) for found in findings]
        )
        ill = [found.gateway for found in findings if not found.is_well and (named or found.is_routed)]
        if ill:
            raise CommandError(f"Can not be used as it is: {', '.join(ill)}.", returncode=1)

    def _routes(self, options: dict[str, Any]) -> None:
        rows = [
            [
                route.method,
                "any other" if route.currency == ANY else route.currency,
                route.gateway,
                "open" if route.is_open else "closed",
            ]
            for route in PaymentRoute.objects.order_by("method", "currency")
        ]
        print_table(self.stdout, ["method", "currency", "gateway", "state"], rows)


def _row(found: Finding) -> list[str]:
    mark = "✓" if found.is_well else "✗" if found.is_routed else "-"
    credentials = f"missing: {', '.join(found.missing)}" if found.missing else "present"
    return [mark, found.gateway, credentials, found.answer, found.circuit.replace("_", " "), found.doors]
