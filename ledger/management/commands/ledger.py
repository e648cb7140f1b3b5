"""`manage.py ledger verify | statement | balances`: the books on a terminal."""

import json
from argparse import ArgumentTypeError
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import BursarError
from core.management.arguments import row_count
from core.management.instants import told
from core.money import money
from ledger.management.tables import print_table, tell_of_more
from ledger.models import Account
from ledger.services.balances import balances, balances_as_of
from ledger.services.statements import statement
from ledger.services.verify import outcomes


class Command(BaseCommand):
    help = "Prove the books, print an account's statement, or list balances."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        verify = acts.add_parser("verify", help="Prove every invariant from the rows; exits with 1 when one is broken.")
        verify.add_argument("--json", action="store_true")
        lines = acts.add_parser("statement", help="An account's transfers, newest first.")
        lines.add_argument("account", help="Its code, e.g. student:S004:KES")
        lines.add_argument("--limit", type=row_count, default=50, help="How many of the newest; 50 when not given.")
        sums = acts.add_parser("balances", help="What every account holds.")
        sums.add_argument("--owner", default="", help="e.g. student:S004")
        for act in (lines, sums):
            act.add_argument("--as-of", type=_instant, help="A day (its end) or an instant, in ISO 8601; the school's time zone.")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        try:
            getattr(self, f"_{act}")(options)
        except BursarError as refused:
            raise CommandError(refused.detail, returncode=2) from refused

    def _verify(self, options: dict[str, Any]) -> None:
        lies, report = 0, []
        for outcome in outcomes():
            lies += len(outcome.findings)
            report.append(
                {
                    "check": outcome.check,
                    "seconds": round(outcome.seconds, 3),
                    "findings": [{"subject": finding.subject, "detail": finding.detail} for finding in outcome.findings],
                }
            )
            if not options["json"]:
                self.stdout.write(f"{'✗' if outcome.findings else '✓'} {outcome.check}")
                for finding in outcome.findings:
                    self.stdout.write(f"    {finding.subject}: {finding.detail}")
        if options["json"]:
            self.stdout.write(json.dumps({"proved": not lies, "checks": report}, ensure_ascii=False, indent=2))
        if lies:
            raise CommandError(f"The books are not proved: {lies} findings.", returncode=1)

    def _statement(self, options: dict[str, Any]) -> None:
        page = statement(options["account"], as_of=options["as_of"], limit=options["limit"])
        rows = [
            [
                told(line.effective_at),
                line.kind,
                line.reference,
                line.counterpart,
                money(line.amount_minor, page.currency),
                money(line.balance_minor, page.currency),
            ]
            for line in page.lines
        ]
        print_table(self.stdout, ["when", "kind", "reference", "counterpart", ">amount", ">balance"], rows)
        if page.next_cursor:
            tell_of_more(self.stderr, len(rows))

    def _balances(self, options: dict[str, Any]) -> None:
        owner, instant = options["owner"], options["as_of"]
        held = balances_as_of(instant, owner=owner) if instant else balances(owner=owner)
        accounts = Account.objects.filter(owner=owner) if owner else Account.objects.all()
        rows = [
            [account.code, account.kind, account.state, money(held[account.code], account.currency)]
            for account in accounts.order_by("code")
            if account.code in held
        ]
        print_table(self.stdout, ["account", "kind", "state", ">balance"], rows)


def _instant(text: str) -> datetime:
    """A day means its end."""
    try:
        if len(text) == len("2026-05-04"):
            return datetime.combine(date.fromisoformat(text), time(), _school()) + timedelta(days=1, microseconds=-1)
        instant = datetime.fromisoformat(text)
    except ValueError as unreadable:
        raise ArgumentTypeError(f"{text!r} is no day and no instant of ISO 8601") from unreadable
    return instant if instant.tzinfo else instant.replace(tzinfo=_school())


def _school() -> ZoneInfo:
    return ZoneInfo(settings.SCHOOL_TIME_ZONE)
