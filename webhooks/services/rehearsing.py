"""What sending an event in again would come to, as things are now: read by its adapter, decided by the rules, nothing written."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from access.approvals import Line, Preview
from core.ids import public_id
from core.models import InboundEvent, InboundPending
from core.models.inbound import Verdict
from core.words import fit
from payments.evidence import Evidence, Unsettleable
from payments.gateways.registry import GATEWAYS
from payments.services import rehearsing
from payments.services.rehearsing import rehearse
from webhooks.errors import NothingToReplay

_SAID = {
    # From the lightest to the heaviest, as the drain weighs them.
    Verdict.DUPLICATE: "everything it says is known by now; no money would move",
    Verdict.RECORDED: "it would be recorded; no money would move",
    Verdict.SETTLED: "it would be settled, and what it says booked",
    Verdict.QUARANTINED: "it would be quarantined again",
    Verdict.CONFLICT: "it would conflict again",
}
MOST = 50


class Rehearsed(NamedTuple):
    """What would become of one event, as half a sentence, and the lines of the journal it would book."""

    event_id: UUID
    said: str
    lines: tuple[Line, ...] = ()


def rehearse_events(event_ids: Collection[UUID]) -> list[Rehearsed]:
    """What replaying these events would come to, the oldest first, MOST of them. Raises NothingToReplay when all wait already.

    They are decided together, in as many statements as one takes; where our code fails on one of them, each by itself.
    """
    waiting = set(InboundPending.objects.filter(event_id__in=event_ids).values_list("event_id", flat=True))
    events = list(InboundEvent.objects.filter(pk__in=set(event_ids) - waiting).order_by("pk")[:MOST])
    if not events:
        raise NothingToReplay
    read = [(event, _read(event)) for event in events]
    try:
        return _decide(read)
    except Exception:  # noqa: BLE001 - one of them may be the poison that is looked at; the others are told all the same
        return [_decide_alone(event, facts) for event, facts in read]


def preview_replay(*, event_id: UUID) -> Preview:
    """The same of one event, as the preview of an act."""
    [heard] = rehearse_events([event_id])
    return Preview(f"Send {public_id('in', event_id)} in again: as things are now {heard.said}.", heard.lines)


def _read(event: InboundEvent) -> list[Evidence] | str:
    """The facts in it, or why there are none to decide."""
    try:
        return GATEWAYS[event.gateway].parse(kind=event.kind, raw=bytes(event.body), inbound_event_id=str(event.pk))
    except Unsettleable as refused:
        return fit(f"it would be quarantined again: {refused.detail.rstrip('.')}")
    except Exception as failure:  # noqa: BLE001 - what our code fails with is the very thing to be told
        return _still_fails(failure)


def _decide(read: Sequence[tuple[InboundEvent, list[Evidence] | str]]) -> list[Rehearsed]:
    decided = iter(rehearse([fact for _, facts in read if not isinstance(facts, str) for fact in facts]))
    return [
        Rehearsed(event.pk, facts) if isinstance(facts, str) else _told(event, [next(decided) for _ in facts])
        for event, facts in read
    ]


def _decide_alone(event: InboundEvent, facts: list[Evidence] | str) -> Rehearsed:
    try:
        [heard] = _decide([(event, facts)])
    except Exception as failure:  # noqa: BLE001 - as above
        return Rehearsed(event.pk, _still_fails(failure))
    return heard


def _told(event: InboundEvent, facts: Sequence[rehearsing.Rehearsed]) -> Rehearsed:
    """An event of several facts is known by its heaviest outcome."""
    if not facts:
        return Rehearsed(event.pk, "it says nothing that concerns a payment")
    outcome = max((fact.outcome for fact in facts), key=lambda one: list(_SAID).index(Verdict(one.verdict)))
    why = fit(f": {outcome.detail.rstrip('.')}") if outcome.detail else ""
    return Rehearsed(event.pk, f"{_SAID[Verdict(outcome.verdict)]}{why}", tuple(line for fact in facts for line in fact.lines))


def _still_fails(failure: Exception) -> str:
    return f"our code still fails on it ({type(failure).__name__})"
