"""`manage.py charge_fee S004 1500.00 "Library" --reference LIB-S004-2026`: one fee, once under its reference."""

import argparse
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.errors import BursarError
from core.money import money, to_minor
from students.services.charging import charge_fee


class Command(BaseCommand):
    help = "Charge one fee to a student. The same reference again charges nothing."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("student_id")
        parser.add_argument("amount", help="in the currency's major unit: 1500.00")
        parser.add_argument("description")
        parser.add_argument("--reference", required=True)
        parser.add_argument("--term", default="")
        parser.add_argument("--actor", default="system:manage.py")
        parser.add_argument("--reason", default="Charged from the command line.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            charge = charge_fee(
                student_id=options["student_id"],
                amount_minor=to_minor(Decimal(options["amount"]), settings.SCHOOL_CURRENCY),
                description=options["description"],
                reference=options["reference"],
                term=options["term"],
                actor=options["actor"],
                reason=options["reason"],
            )
        except InvalidOperation as unreadable:
            raise CommandError(f"{options['amount']} is no amount.") from unreadable
        except BursarError as refused:
            fields = "".join(f"\n  {name}: {' '.join(messages)}" for name, messages in refused.fields.items())
            raise CommandError(refused.detail + fields) from refused
        self.stdout.write(f"{options['student_id']} is charged {money(charge.amount_minor, charge.currency)}: {charge.reference}")
