"""`manage.py rollups rebuild | verify [--from DATE]`: the dashboard's figures against the rows they stand for."""

from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.services.rebuilding import compare, rebuild


class Command(BaseCommand):
    help = "Count the dashboard's figures anew, or hold them against the rows they were counted from."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        rebuild = acts.add_parser("rebuild", help="Count anew; pages show the old figures until it is done.")
        verify = acts.add_parser("verify", help="Compare; exits with 1 when a figure differs.")
        for act in (rebuild, verify):
            act.add_argument("--from", dest="first", type=_day, help="The first day of the school; all of them unless said.")

    def handle(self, *args: Any, act: str, first: date | None, **options: Any) -> None:
        getattr(self, f"_{act}")(first)

    def _rebuild(self, first: date | None) -> None:
        rebuild(first)
        self.stdout.write(f"Counted anew{f' from {first} on' if first else ''}.")

    def _verify(self, first: date | None) -> None:
        differences = compare(first)
        for difference in differences:
            self.stdout.write(str(difference))
        if differences:
            raise CommandError(f"At least {len(differences)} figures differ.", returncode=1)
        self.stdout.write("Every figure is what its rows say.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as unreadable:
        raise ArgumentTypeError(f"{text!r} is no day of ISO 8601") from unreadable
