"""A payment's life in one timeline: what was heard, what was decided, what was booked, and what staff did."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import BinaryField, F
from django.db.models.functions import Cast
from django.utils.html import format_html
from django.utils.safestring import SafeString

from access.models import AuditEntry
from core.admin import shown
from core.admin.addresses import address_of
from core.admin.blocks import Block, Moment, Text, Timeline
from core.admin.bodies import open_sealed
from core.admin.deliveries import name_of, one_of
from core.admin.names import link_to_person, names_of
from core.ids import instant_of, public_id
from core.models import ExceptionItem, InboundEvent, InboundOutcome
from core.models.inbound import Verdict
from ledger.admin.accounts import account_link, in_words
from ledger.models import Transfer
from payments.admin.wording import TONES, gateway
from payments.models import NaturalKey, Payment, PaymentAttempt, PaymentHistory
from payments.models.payment_history import Source
from payments.services.knowing import transfers_of
from payments.statuses import Status

ASKED = {
    "charge": "{} was asked for the money",
    "query": "{} was asked how it stands",
    "capture": "{} was asked to take what was authorized",
    "cancel": "{} was asked to give it up",
    "acknowledge": "{} was told that it is settled",
}
MOST = 100
BODIES = 10
VERDICT_TONES: dict[str, str] = {
    Verdict.SETTLED: "good",
    Verdict.RECORDED: "busy",
    Verdict.DUPLICATE: "",
    Verdict.QUARANTINED: "warn",
    Verdict.CONFLICT: "bad",
    Verdict.POISON: "bad",
    Verdict.DISMISSED: "",
}


@dataclass(frozen=True)
class Life:
    """Everything that is known of one payment, fetched in a fixed number of queries."""

    payment: Payment
    timeline: Timeline
    bodies: list[Block]
    keys: list[NaturalKey]
    items: list[ExceptionItem]

    @property
    def open_items(self) -> list[ExceptionItem]:
        return [item for item in self.items if item.status == ExceptionItem.Status.OPEN]


def life_of(payment: Payment, *, with_bodies: bool) -> Life:
    """Gather it; the raw bodies only for those who may read them. The MOST newest of each kind of entry."""
    keys = list(NaturalKey.objects.filter(payment_id=payment.id).order_by("kind", "reference")[:MOST])
    steps = list(PaymentHistory.objects.filter(payment_id=payment.id).order_by("-id")[:MOST])
    outcomes = {o.event_id: o for o in InboundOutcome.objects.filter(payment_id=payment.id).order_by("-event_id")[: MOST + 1]}
    items = list(ExceptionItem.objects.filter(payment_id=payment.id).order_by("-id")[:MOST])
    entries = list(AuditEntry.objects.filter(target=payment.public_id).order_by("-id")[:MOST])
    people = {entry.actor for entry in entries} | {step.actor for step in steps} | {item.resolved_by for item in items}
    called = names_of(people)
    events = _events({*outcomes, *(step.inbound_event_id for step in steps if step.inbound_event_id)}, with_bodies)
    moments = [
        *(_heard(event, outcomes.get(event.id)) for event in events),
        *(moment for attempt in _attempts(payment) for moment in _tried(attempt)),
        *(_step(step, called) for step in steps),
        *(_booked(transfer) for transfer in transfers_of(payment, keys)),
        *(moment for item in items for moment in _excepted(item, called)),
        *(_act(entry, called) for entry in entries),
    ]
    note = f"The newest {MOST} inbound events of more" if len(outcomes) > MOST else ""
    bodies: list[Block] = [_body(event) for event in events[:BODIES]] if with_bodies else []
    return Life(payment, Timeline("What happened", moments, "Nothing has happened yet.", note), bodies, keys, items)


def _events(ids: set[UUID], with_bodies: bool) -> list[Any]:
    """Newest first. The bodies come sealed, because one that can't be opened must not cost the page the others."""
    events = InboundEvent.objects.filter(pk__in=sorted(ids, reverse=True)[:MOST]).defer("body").order_by("-id")
    return list(events.annotate(sealed=Cast(F("body"), BinaryField())) if with_bodies else events)


def _attempts(payment: Payment) -> list[PaymentAttempt]:
    return list(PaymentAttempt.objects.filter(payment_id=payment.id).defer("exchange").order_by("-id")[:MOST])


def _tried(attempt: PaymentAttempt) -> list[Moment]:
    """Sent, and what came of it; one that waits, or was never sent, is told by when it was prepared."""
    what = ASKED[attempt.operation].format(gateway(attempt.gateway))
    link = shown.link(address_of(attempt.public_id), "See what was said")
    if attempt.sent_at is None:
        waits = shown.badge(attempt.get_status_display(), "busy" if attempt.status == "prepared" else "")
        return [Moment(attempt.prepared_at, what, [waits], order=0)]
    again = [shown.text(f"Try {attempt.tries}")] if attempt.tries > 1 else []
    sent = Moment(attempt.sent_at, what, [*again, link], tone="busy", order=0)
    if attempt.answered_at is None:
        return [sent]
    answer = in_words(attempt.outcome) if attempt.outcome else attempt.get_status_display()
    tone = {"answered": "", "unknown": "warn", "refused": "bad"}.get(attempt.status, "")
    return [sent, Moment(attempt.answered_at, f"{gateway(attempt.gateway)}: {answer.lower()}", [], tone=tone, order=0)]


def _heard(event: InboundEvent, outcome: InboundOutcome | None) -> Moment:
    tone = VERDICT_TONES.get(outcome.verdict, "") if outcome else "busy"
    verdict = shown.badge(outcome.get_verdict_display() if outcome else "Pending", tone)
    name = public_id("in", event.id)
    why = [shown.text(in_words(outcome.reason))] if outcome and outcome.reason else []
    detail = [verdict, *why, shown.link(address_of(name), "See the event")]
    return Moment(event.received_at, f"{gateway(event.gateway)} sent {one_of(event.kind)}", detail, tone=tone)


def _step(step: PaymentHistory, called: dict[str, str]) -> Moment:
    label = Status(step.to_status).label
    what = f"Became {label.lower()}" if step.to_status != step.from_status else f"Stayed {label.lower()}"
    detail = (
        [shown.text(f"From {Status(step.from_status).label.lower()}")] if step.from_status not in {"", step.to_status} else []
    )
    if step.reason:
        # What staff wrote stands as they wrote it; all others give a code.
        detail.append(shown.text(step.reason if step.source == Source.STAFF else in_words(step.reason)))
    if step.actor:
        detail.append(format_html("By {}", link_to_person(step.actor, called)))
    return Moment(step.recorded_at, what, detail, tone=TONES.get(step.to_status, ""), order=1)


def _booked(transfer: Transfer) -> Moment:
    sides = format_html("{} → {}", account_link(transfer.debit_account.code), account_link(transfer.credit_account.code))
    url = address_of(public_id("transfer", transfer.id))
    amount: SafeString = shown.amount(transfer.amount_minor, transfer.currency)
    return Moment(
        instant_of(transfer.id), "Booked", [sides, shown.link(url, "See the transfer")], amount=amount, tone="good", order=2
    )


def _excepted(item: ExceptionItem, called: dict[str, str]) -> list[Moment]:
    link = shown.link(address_of(public_id("exception", item.id)), "See the exception")
    opened = Moment(item.created_at, in_words(item.reason), [shown.text(item.detail), link], tone="warn", order=3)
    if item.resolved_at is None:
        return [opened]
    by = format_html("By {}: {}", link_to_person(item.resolved_by, called), item.resolution)
    return [opened, Moment(item.resolved_at, f"{item.get_status_display()} by staff", [by], tone="good", order=4)]


def _act(entry: AuditEntry, called: dict[str, str]) -> Moment:
    by = format_html("By {}: {}", link_to_person(entry.actor, called), entry.reason)
    return Moment(entry.at, in_words(entry.act.rpartition(".")[2]), [by], order=4)


def _body(event: Any) -> Text:
    title = f"{gateway(event.gateway)} {name_of(event.kind)}"
    return Text(title, open_sealed(event.sealed), note=public_id("in", event.id), folded=True)
