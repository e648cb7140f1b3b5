"""`manage.py charge_fees FILE`: shows what a CSV file of fees would do; with --apply does it, all or nothing."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import BursarError
from core.money import money
from students.services.fee_import import FeePlan, apply_fees, plan_fees
from students.services.table import bounded_bytes


class Command(BaseCommand):
    help = "Charge the fees of a CSV file. Without --apply nothing is changed: it only says what would be."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true", help="Charge them, all or none.")
        parser.add_argument("--actor", default="system:manage.py", help="Who answers for it: user:…")
        parser.add_argument("--reason", default="", help="Why; the file's name unless said.")

    def handle(self, *args: Any, file: Path, actor: str, reason: str, **options: Any) -> None:
        try:
            data = bounded_bytes(file)
            plan = plan_fees(data)
            self._show(plan)
            if plan.errors:
                raise CommandError(f"Not right: {len(plan.errors)} cells or rows; nothing can be charged.")
            if options["apply"]:
                charged = apply_fees(data, actor=actor, reason=reason or f"Fees of {file.name}")
                self.stdout.write(f"Charged {charged.new}.")
        except BursarError as refused:
            raise CommandError(refused.detail) from refused

    def _show(self, plan: FeePlan) -> None:
        for row in plan.rows:
            verdict = "charged already" if row.charged_already else "charge"
            amount = money(row.fee.amount_minor, row.fee.currency)
            note = f"  ({row.note})" if row.note else ""
            self.stdout.write(
                f"line {row.line}: {verdict} {amount} to {row.fee.student_id} {row.student_name}, {row.fee.reference}{note}"
            )
        for line, column, message in plan.errors:
            self.stderr.write(f"line {line}{column and ', ' + column}: {message}")
        self.stdout.write(
            f"{len(plan.new)} to charge, {money(plan.total_minor, settings.SCHOOL_CURRENCY)} in all;"
            f" {len(plan.rows) - len(plan.new)} charged already; {len(plan.errors)} wrong."
        )
