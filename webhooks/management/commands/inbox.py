"""`manage.py inbox`: list what gateways told us, show one event, replay what was not simply settled."""

import argparse
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from core.admin.bodies import readable
from core.errors import BursarError, MalformedId
from core.ids import parse_public_id, public_id
from core.management.arguments import row_count
from core.management.instants import told
from core.models import InboundEvent, InboundOutcome, InboundPending
from core.models.inbound import Verdict
from ledger.management.tables import print_table, tell_of_more
from webhooks.deciding import FAILED
from webhooks.services.replaying import replay


class Command(BaseCommand):
    help = "List, show and replay inbound events."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        listing = acts.add_parser("list", help="the newest events, or those of one verdict")
        listing.add_argument("--verdict", choices=[*Verdict.values, "pending"])
        listing.add_argument("--limit", type=row_count, default=20, help="how many; 20 when not given")
        show = acts.add_parser("show", help="one event, its raw body and what became of it")
        show.add_argument("event", help="in_…")
        again = acts.add_parser("replay", help="decide again what was quarantined, in conflict or poisonous")
        again.add_argument("event", nargs="*", help="in_…")
        again.add_argument("--all", choices=sorted(FAILED), help="every event of this verdict")
        again.add_argument("--actor", default="system:manage.py")
        again.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        {"list": self._list, "show": self._show, "replay": self._replay}[options["act"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        rows = [
            (
                public_id("in", event.id),
                event.gateway,
                event.kind,
                told(event.received_at),
                event.verdict or "pending",
                event.reason or "",
            )
            for event in _chosen(options["verdict"], options["limit"] + 1)
        ]
        more = len(rows) > options["limit"]
        rows = rows[: options["limit"]]
        print_table(self.stdout, ["event", "gateway", "kind", "received", "verdict", "reason"], rows)
        if more:
            tell_of_more(self.stderr, len(rows))

    def _show(self, options: dict[str, Any]) -> None:
        event = InboundEvent.objects.filter(id=_key(options["event"])).first()
        if event is None:
            raise CommandError(f"There is no event {options['event']}.")
        self.stdout.write(f"{event.gateway}/{event.kind}, received {told(event.received_at)}")
        self.stdout.write(readable(event.body))
        outcome = InboundOutcome.objects.filter(event_id=event.id).first()
        if outcome is None:
            self.stdout.write("It waits to be decided.")
            return
        self.stdout.write(f"{outcome.verdict} {outcome.reason} at {told(outcome.decided_at)}")
        if outcome.payment_id:
            self.stdout.write(f"payment {public_id('pay', outcome.payment_id)}")
        if outcome.detail:
            self.stdout.write(outcome.detail)

    def _replay(self, options: dict[str, Any]) -> None:
        keys = [_key(name) for name in options["event"]]
        if options["all"]:
            keys += InboundOutcome.objects.filter(verdict=options["all"]).values_list("event_id", flat=True)
        if not keys:
            raise CommandError("Name events (in_…), or a verdict with --all.")
        try:
            waiting = replay(keys, actor=options["actor"], reason=options["reason"])
        except BursarError as refused:
            raise CommandError(refused.detail) from refused
        self.stdout.write(f"{waiting} of {len(keys)} wait to be decided again.")


def _chosen(verdict: str | None, limit: int) -> Any:
    events = InboundEvent.objects.with_outcome().order_by("-id")
    if verdict == "pending":
        events = events.filter(id__in=InboundPending.objects.values("event_id"))
    elif verdict:
        newest = InboundOutcome.objects.filter(verdict=verdict).order_by("-event_id").values_list("event_id", flat=True)[:limit]
        events = events.filter(id__in=list(newest))
    return events[:limit]


def _key(name: str) -> UUID:
    try:
        return parse_public_id("in", name)
    except MalformedId as malformed:
        raise CommandError(f"{name}: {malformed.detail}") from malformed
