"""`manage.py simulate`: authentic notifications over HTTP, and then the proof that each of them was booked once."""

import argparse
import asyncio
import os
import secrets
import sys
import time
from datetime import UTC, datetime
from typing import Any

import aiohttp
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sandbox.mix import ImpossibleMix, Mix, run_prefix
from sandbox.outcomes import now, outcomes, some_students
from sandbox.report import Summary, progress
from sandbox.sending import Answer, send
from sandbox.simulators import SIMULATORS
from sandbox.units import NoAmount, cents

QUEUE_STATUS = "/api/v1/queue/status"
POLL_SECONDS = 0.05
_WHO = (
    "cellulant: the school's contract. mpesa: the till. stripe, upi: payment links; monnify: reserved accounts. The bank answers "
    "deposits that wait for it. monnify's transfers are in naira and upi's payments in rupees: a student without such an account "
    "is for staff to see. Tingg tells of checkouts that were asked for, so the far side plays it when orders are paid."
)


class Command(BaseCommand):
    help = "Send a gateway's notifications to a running Bursar, wait until they are decided, and prove the books."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--gateway", choices=sorted(SIMULATORS), default="cellulant", help=_WHO)
        parser.add_argument("--count", type=int, default=1000, help="Notifications in all, repeats and contradictions included.")
        parser.add_argument("--concurrency", type=int, default=32, help="Connections.")
        whom = parser.add_mutually_exclusive_group()
        whom.add_argument("--student", default="S004")
        whom.add_argument("--students", help="Several, with commas between.")
        whom.add_argument("--students-count", type=int, help="So many of those who have an account.")
        parser.add_argument("--amount", type=_cents, help="Of each payment, in major units; drawn when not given.")
        parser.add_argument("--duplicates", type=_share, default=0.0, metavar="20%%")
        parser.add_argument("--pending-first", type=_share, default=0.0, metavar="10%%", help="Announced by a PENDING before.")
        parser.add_argument("--other-amounts", type=_share, default=0.0, metavar="2%%", help="Contradicted by another amount.")
        parser.add_argument("--shuffle", action="store_true")
        parser.add_argument("--rate", type=float, default=0.0, help="Notifications a second, whatever the server does.")
        parser.add_argument("--seed", type=int, help="Replays a run: its notifications are then known, and duplicates.")
        parser.add_argument("--url", default=f"http://127.0.0.1:{os.environ.get('PORT') or 8000}")
        parser.add_argument("--settle-timeout", type=float, default=60.0, help="Seconds to wait for the inbox to empty.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["concurrency"] < 1:
            raise CommandError("Somebody has to send: --concurrency is 1 or more.")
        seed = secrets.randbelow(10**9) if options["seed"] is None else options["seed"]
        try:
            deliveries = SIMULATORS[options["gateway"]](_mix(options), seed, datetime.now(UTC))
        except ImpossibleMix as impossible:
            raise CommandError(str(impossible)) from impossible
        asyncio.run(_undecided(options["url"]))  # is anybody there?
        since = now()
        started = time.perf_counter()
        with progress("sent", len(deliveries), sys.stderr) as step:
            done = 0

            def count(_: Answer) -> None:
                nonlocal done
                done += 1
                step(done)

            answers = asyncio.run(
                send(
                    deliveries,
                    url=options["url"],
                    concurrency=options["concurrency"],
                    rate=options["rate"],
                    answered=count,
                )
            )
        seconds = time.perf_counter() - started
        backlog = _until_empty(options["url"], options["settle_timeout"])
        if backlog:
            self.stderr.write(f"{backlog:,} deliveries still wait after {options['settle_timeout']:g} s.")
        decided = outcomes(gateway=options["gateway"], prefix=run_prefix(seed), since=since)
        summary = Summary(answers, decided, seconds, seed)
        self.stdout.write("\n".join(summary.lines()))
        lies = summary.lies()
        call_command("ledger", "verify", stdout=self.stdout)
        if lies:
            raise CommandError(" ".join(lies))


def _until_empty(url: str, seconds: float) -> int:
    """How many are still undecided when time is up; 0 as soon as none is."""
    deadline = time.monotonic() + seconds
    while (undecided := asyncio.run(_undecided(url))) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return undecided


async def _undecided(url: str) -> int:
    """What waits in the inbox, and what is being decided. Raises CommandError when nobody says so."""
    try:
        async with aiohttp.ClientSession(url) as session, session.get(QUEUE_STATUS) as response:
            response.raise_for_status()
            inbound = (await response.json())["queues"]["inbound"]
    except aiohttp.ClientError as away:
        raise CommandError(f"{url}{QUEUE_STATUS} does not answer: {away}") from away
    undecided: int = inbound["waiting"] + inbound["active"]
    return undecided


def _mix(options: dict[str, Any]) -> Mix:
    if options["students_count"] is not None:
        students = some_students(options["students_count"])
        if len(students) < options["students_count"]:
            raise CommandError(f"Only {len(students)} students have an open account in KES.")
    else:
        students = (options["students"] or options["student"]).split(",")
    return Mix(
        count=options["count"],
        students=students,
        amount_minor=options["amount"],
        duplicates=options["duplicates"],
        pending_first=options["pending_first"],
        other_amounts=options["other_amounts"],
        shuffle=options["shuffle"],
    )


def _share(text: str) -> float:
    """`20%` or `0.2`."""
    try:
        return float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no share; write 20% or 0.2") from None


def _cents(text: str) -> int:
    try:
        return cents(text)
    except NoAmount as refused:
        raise argparse.ArgumentTypeError(str(refused)) from refused
