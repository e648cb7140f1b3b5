"""`manage.py gateway_tokens list | add | rotate | revoke`: the tokens of gateways that do not sign."""

import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from access.models import GatewayToken
from access.services.gateway_tokens import install_token, revoke_token, rotate_token
from core.errors import BursarError
from core.management.instants import told


class Command(BaseCommand):
    help = "List, add, rotate and revoke the bearer and path tokens of gateways. A new token is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="Those that stand; with --all also those that are history.").add_argument(
            "--all", action="store_true"
        )
        add = acts.add_parser("add", help="Install a token that the gateway chose; it is read from standard input.")
        rotate = acts.add_parser("rotate", help="Make a new token; the old one stays good for the overlap.")
        rotate.add_argument("--overlap-hours", type=float, default=24.0)
        for act in (add, rotate):
            act.add_argument("gateway")
            act.add_argument("kind", choices=GatewayToken.Kind.values)
        revoke = acts.add_parser("revoke", help="Refuse a token from now on.")
        revoke.add_argument("id", type=UUID)
        for act in (add, rotate, revoke):
            act.add_argument("--reason", required=True)
            act.add_argument("--actor", default="system:manage.py")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        try:
            getattr(self, f"_{act}")(options)
        except BursarError as refused:
            raise CommandError(refused.detail) from refused

    def _list(self, options: dict[str, Any]) -> None:
        tokens = GatewayToken.objects.all() if options["all"] else GatewayToken.objects.standing()
        for token in tokens.order_by("gateway", "kind", "id"):
            self.stdout.write(f"{token.id}  {token.gateway:<12} {token.kind:<6} {_standing(token)}")

    def _add(self, options: dict[str, Any]) -> None:
        # Never an argument: command lines are read by every user of the machine and kept in shell histories.
        token = sys.stdin.readline().strip()
        row = install_token(
            gateway=options["gateway"], kind=options["kind"], token=token, actor=options["actor"], reason=options["reason"]
        )
        self.stdout.write(f"{row.id}  {_standing(row)}")

    def _rotate(self, options: dict[str, Any]) -> None:
        issued = rotate_token(
            gateway=options["gateway"],
            kind=options["kind"],
            overlap=timedelta(hours=options["overlap_hours"]),
            actor=options["actor"],
            reason=options["reason"],
        )
        self.stdout.write(f"{issued.row.id}\n{issued.token}")

    def _revoke(self, options: dict[str, Any]) -> None:
        revoke_token(token_id=options["id"], actor=options["actor"], reason=options["reason"])
        self.stdout.write("revoked")


def _standing(token: GatewayToken) -> str:
    if token.revoked_at is not None:
        return f"revoked {told(token.revoked_at)}"
    if not token.is_valid_at(timezone.now()):
        return "expired"
    return "valid" if token.valid_until is None else f"valid until {told(token.valid_until)}"
