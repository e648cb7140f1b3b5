"""What staff do about what a gateway said: send it in again, or decide that nothing is to be done about it."""

from collections.abc import Sequence

from django.http import HttpRequest

from access.admin.plans import plan_of
from access.approvals import Preview
from core.admin import acts, panels, shown
from core.admin.acts import Act, Done, Filled, Plan, Said
from core.admin.addresses import link_to
from core.admin.blocks import Column, Table
from core.ids import public_id
from core.models import ExceptionItem
from payments.admin.exception_acts import plan_for_many
from webhooks.errors import NothingToReplay
from webhooks.services.dismissing import KINDS, dismiss, dismiss_many, preview_dismiss
from webhooks.services.rehearsing import preview_replay, rehearse_events
from webhooks.services.replaying import replay


def _events_of(items: Sequence[ExceptionItem]) -> list[ExceptionItem]:
    """Those that a message brought and nobody has dealt with."""
    return [item for item in items if item.kind in KINDS and item.inbound_event_id and item.status == ExceptionItem.Status.OPEN]


def _plan_replay(request: HttpRequest, item: ExceptionItem, filled: Filled) -> Plan:
    if not item.inbound_event_id or not _events_of([item]):
        raise NothingToReplay("This is no message that can be sent in again.")
    seen = plan_of(request, preview_replay(event_id=item.inbound_event_id))
    # What it moves is decided by the worker, a moment later and by the same rules; this act itself moves nothing.
    return Plan(seen.summary, seen.blocks, seen.warnings, exactly=seen.exactly)


def _replay(item: ExceptionItem, filled: Filled, said: Said) -> Done:
    return _replay_many([item], filled, said)


def _plan_replaying_many(request: HttpRequest, items: Sequence[ExceptionItem], filled: Filled) -> Plan:
    fit = _events_of(items)
    if not fit:
        raise NothingToReplay("None of this is a message that can be sent in again.")
    heard = rehearse_events([item.inbound_event_id for item in fit if item.inbound_event_id])
    lines = tuple(line for one in heard for line in one.lines)
    rows = [[link_to(public_id("in", one.event_id)), shown.text(one.said[:1].upper() + one.said[1:])] for one in heard]
    table = Table("What each would come to, as things are now", [Column("Event"), Column("Outcome")], rows, "")
    booking = sum(bool(one.lines) for one in heard)
    summary = f"Send {len(heard)} events in again; {booking or 'none'} of them would book money as things are now."
    left = f"Left alone: {len(items) - len(fit)}, which no message brought, or which are dealt with."
    return Plan(
        summary,
        [table, *panels.about("preview", request, Preview(summary, lines))],
        [left] if len(fit) < len(items) else [],
        exactly="\n".join(f"{one.event_id} {one.said}" for one in heard),
    )


def _replay_many(items: Sequence[ExceptionItem], filled: Filled, said: Said) -> Done:
    events = [item.inbound_event_id for item in _events_of(items) if item.inbound_event_id]
    sent = replay(events, actor=said.actor, reason=said.reason) if events else 0
    if not sent:
        raise NothingToReplay
    return Done("Sent in again; it is decided in a moment." if sent == 1 else f"{sent} sent in again; decided in a moment.")


def _plan_dismissal(request: HttpRequest, item: ExceptionItem, filled: Filled) -> Plan:
    return plan_of(request, preview_dismiss(item_id=item.pk))


def _dismiss(item: ExceptionItem, filled: Filled, said: Said) -> Done:
    dismiss(item_id=item.pk, actor=said.actor, reason=said.reason)
    return Done("Dismissed. Nothing was booked of it.")


def _plan_dismissing_many(request: HttpRequest, items: Sequence[ExceptionItem], filled: Filled) -> Plan:
    return plan_for_many(items, KINDS, "Dismiss", "nothing of it is booked, now or later")


def _dismiss_many(items: Sequence[ExceptionItem], filled: Filled, said: Said) -> Done:
    count = dismiss_many(item_ids=[item.pk for item in items], actor=said.actor, reason=said.reason)
    return Done(f"{count} dismissed. Nothing was booked." if count else "None of them was open any more.")


def _replayable(request: HttpRequest, item: ExceptionItem) -> bool:
    return bool(_events_of([item]))


def _dismissible(request: HttpRequest, item: ExceptionItem) -> bool:
    return item.kind in KINDS and item.status == ExceptionItem.Status.OPEN


_ITEM = "core_exceptionitem"
REPLAY = "The stored message goes through the door once more, and is decided by the rules as they are now."
DISMISS = "Nothing is to be done about it: it is booked neither now nor later."
acts.add(
    _ITEM,
    Act("replay", "Replay", REPLAY, "core.replay", _plan_replay, _replay, fits=_replayable, tone="main", rank=30),
)
acts.add(
    _ITEM, Act("dismiss", "Dismiss", DISMISS, "core.dismiss", _plan_dismissal, _dismiss, fits=_dismissible, tone="bad", rank=40)
)
acts.add_for_many(_ITEM, Act("replay", "Replay", REPLAY, "core.replay", _plan_replaying_many, _replay_many, rank=30))
acts.add_for_many(
    _ITEM, Act("dismiss", "Dismiss", DISMISS, "core.dismiss", _plan_dismissing_many, _dismiss_many, tone="bad", rank=40)
)
