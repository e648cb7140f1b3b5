"""One batch of inbound events: claimed, read, settled and recorded in one transaction, or not at all.

When a batch fails, it is halved in savepoints until the event that fails stands alone; that one is parked as poison with its
traceback, for staff to replay after a fix, and its neighbours settle as if it had never been there.
"""

import logging
import traceback
from dataclasses import dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from core.crypto import keyring
from core.exceptions import NewItem, columns_of, open_items
from core.ids import public_id
from core.models.exception_item import ExceptionItem
from core.models.inbound import Verdict
from core.sql import Send, plain_array, preparing, run, sending, text_array
from core.strict_json import read_object
from core.words import fit
from ledger.services.planning import force_index_lookups
from payments.evidence import Evidence, Unsettleable
from payments.gateways.base import name_in
from payments.gateways.registry import GATEWAYS
from payments.services.settling import Outcome, settle

logger = logging.getLogger(__name__)
QUEUE = "inbound"
LEASE_SECONDS = 5

_WEIGHT = {
    Verdict.DUPLICATE: 0,
    Verdict.RECORDED: 1,
    Verdict.SETTLED: 2,
    Verdict.QUARANTINED: 3,
    Verdict.CONFLICT: 4,
    Verdict.POISON: 5,
}
"""An event of several facts is known by its heaviest outcome."""
FEW = 100
"""Up to so many events savepoints are a good part of what a batch costs, and starting over without them is not."""
FAILED = (Verdict.QUARANTINED, Verdict.CONFLICT, Verdict.POISON)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An inbound event in this transaction's hands. `replayed_by` names who asked for it again, "" the first time."""

    id: str
    gateway: str
    kind: str
    body: bytes
    replayed_by: str


def decide_next(*, limit: int = 0, holder: str = "") -> int:
    """Decide up to `limit` waiting events, oldest first, and say how many that were.

    An OperationalError (the database is away, a deadlock) undoes the whole batch: its events wait again.
    """
    limit = limit or settings.SETTLE_BATCH
    try:
        return _decide_up_to(limit, holder, without_savepoints=FEW)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # noqa: BLE001 - whatever it is, it comes again where it can be told apart
        return _decide_up_to(limit, holder)


def _decide_up_to(limit: int, holder: str, *, without_savepoints: int = 0) -> int:
    """Up to `without_savepoints` events are decided at first go, or an exception says that something is amiss."""
    with preparing(), transaction.atomic():
        force_index_lookups()
        events = _claim(limit)
        if events:
            outcomes = _decide_all(events, savepoint=False) if len(events) <= without_savepoints else _decide(events)
            _record(events, outcomes, holder)
        return len(events)


def _claim(limit: int) -> list[Claimed]:
    actors: dict[str, str] = dict(run("webhooks", "claim_events", [limit]).rows)
    if not actors:
        return []
    ids = list(actors)
    loaded = run("webhooks", "load_events", [f"bursar drain {len(ids)}", plain_array(ids), ids[0], ids[-1]])
    events = [Claimed(key, gateway, kind, body, actors[key]) for key, gateway, kind, body in loaded.rows]
    if len(events) < len(ids):
        raise LookupError("an event waits that is not stored; the inbox has been tampered with")
    return events


def _decide(events: list[Claimed]) -> list[Outcome]:
    try:
        with transaction.atomic():
            return _decide_all(events)
    except (OperationalError, InterfaceError):
        raise
    except Exception as failure:
        if len(events) == 1:
            logger.exception("inbound event %s is poisonous", events[0].id)
            return [_poison(events[0], failure)]
        middle = len(events) // 2
        return _decide(events[:middle]) + _decide(events[middle:])


def _decide_all(events: list[Claimed], *, savepoint: bool = True) -> list[Outcome]:
    facts: list[Evidence] = []
    spans: list[Outcome | range] = []
    for event in events:
        read = _read(event)
        if isinstance(read, Outcome):
            spans.append(read)
        else:
            spans.append(range(len(facts), len(facts) + len(read)))
            facts.extend(read)
    settled = settle(facts, savepoint=savepoint) if facts else []
    return [span if isinstance(span, Outcome) else _heaviest([settled[index] for index in span]) for span in spans]


def _read(event: Claimed) -> list[Evidence] | Outcome:
    try:
        raw = keyring().open(event.body)
        return GATEWAYS[event.gateway].parse(kind=event.kind, raw=raw, inbound_event_id=event.id)
    except Unsettleable as refused:
        subject = public_id("in", event.id)
        item = NewItem(
            ExceptionItem.Kind.QUARANTINE,
            refused.reason,
            subject,
            None,
            event.id,
            detail=refused.detail,
            reference=_called(event),
        )
        open_items([item])
        return Outcome(Verdict.QUARANTINED, refused.reason, refused.detail, items=(item,))


def _called(event: Claimed) -> str:
    """By what name somebody may ask for what was not read, "" when the body does not even tell that."""
    try:
        return name_in(read_object(keyring().open(event.body)), GATEWAYS[event.gateway].names_at)
    except Exception:  # noqa: BLE001 - it is here because it could not be read, for whatever reason
        return ""


def _heaviest(outcomes: list[Outcome]) -> Outcome:
    if not outcomes:
        return Outcome(Verdict.RECORDED, "nothing_said")
    if len(outcomes) == 1:
        return outcomes[0]
    heaviest = max(outcomes, key=lambda outcome: _WEIGHT[outcome.verdict])
    return heaviest._replace(items=tuple(item for outcome in outcomes for item in outcome.items))


def _poison(event: Claimed, failure: Exception) -> Outcome:
    detail = "".join(traceback.format_exception(failure))
    what = f"{type(failure).__name__}: {failure}"[:500]
    subject = public_id("in", event.id)
    item = NewItem(ExceptionItem.Kind.POISON, "our_code_failed", subject, None, event.id, detail=what, reference=_called(event))
    open_items([item])
    return Outcome(Verdict.POISON, "our_code_failed", detail, items=(item,))


def _record(events: list[Claimed], outcomes: list[Outcome], holder: str) -> None:
    replayed = [(event, outcome) for event, outcome in zip(events, outcomes, strict=True) if event.replayed_by]
    completed = sum(outcome.verdict not in FAILED for outcome in outcomes)
    # A replayed event was counted as failed before: it is counted over, or stays as it was.
    failed = len(events) - completed - len(replayed)
    with sending() as send:
        send(
            "webhooks",
            "write_outcomes",
            [
                plain_array(event.id for event in events),
                text_array(outcome.verdict for outcome in outcomes),
                text_array(outcome.reason for outcome in outcomes),
                text_array(outcome.detail and fit(outcome.detail) for outcome in outcomes),
                plain_array(outcome.payment_id for outcome in outcomes),
            ],
        )
        if replayed:
            _tell_anew(replayed, send)
        send("webhooks", "count_decided", [QUEUE, holder, LEASE_SECONDS, completed, failed])


def _tell_anew(replayed: list[tuple[Claimed, Outcome]], send: Send) -> None:
    """Close what was told of these events before, and open what is told of them now; the same story is not told twice."""
    items = [item for _, outcome in replayed for item in outcome.items]
    events = [
        plain_array(event.id for event, _ in replayed),
        text_array(event.replayed_by for event, _ in replayed),
        text_array(_ending(outcome) for _, outcome in replayed),
    ]
    send("webhooks", "resolve_replayed", [*events, *columns_of(items)])
    # Deciding could not open what a closed item of this kind stood in the way of.
    open_items(items, send)


def _ending(outcome: Outcome) -> str:
    told = dict.fromkeys(item.detail or item.reason for item in outcome.items)
    return fit(f"Decided anew: {' '.join(told)}") if told else "Settled by a replay."
