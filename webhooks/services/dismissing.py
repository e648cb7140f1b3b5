"""Staff decide that nothing is to be done about what a gateway said: a quarantined, conflicting or poisonous event is dismissed.

Nothing was booked of it, and nothing will be. Locks: outcomes by event id, then exception items, then the queue's counters; the
drain takes them in that order too.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from access.approvals import Preview
from access.services import audit
from core.exceptions import ItemClosed, open_item
from core.ids import public_id
from core.models import ExceptionItem, InboundPending
from core.sql import plain_array, run
from payments.services.accepting import about
from webhooks.deciding import QUEUE

ACT = "webhooks.dismiss"
KINDS = (ExceptionItem.Kind.QUARANTINE, ExceptionItem.Kind.CONFLICT, ExceptionItem.Kind.POISON)
Status = ExceptionItem.Status


def preview_dismiss(*, item_id: UUID) -> Preview:
    """What dismissing would say. Raises UnknownItem, UnfitItem for money that is booked, ItemClosed."""
    item = open_item(item_id, kinds=KINDS, lock=False)
    poison = "Our own code failed on it: what it says was never read. Replay it after the fix instead."
    warnings = (poison,) if item.kind == ExceptionItem.Kind.POISON else ()
    return Preview(f"Dismiss {about(item)}: nothing of it is booked, now or later.", warnings=warnings)


@transaction.atomic
def dismiss(*, item_id: UUID, actor: str, reason: str) -> ExceptionItem:
    """Dismiss what an item is about. Raises UnknownItem, UnfitItem, and ItemClosed once somebody deals with it or replays it."""
    item = open_item(item_id, kinds=KINDS, lock=False)
    event_id = item.inbound_event_id
    dismissed = _dismiss_events([event_id], actor, reason) if event_id else _dismiss_items([item.pk], actor, reason)
    if not dismissed:
        replayed = event_id is not None and InboundPending.objects.filter(event_id=event_id).exists()
        raise ItemClosed("It was sent in again, and waits to be decided." if replayed else "")
    item.refresh_from_db()
    return item


@transaction.atomic
def dismiss_many(*, item_ids: Collection[UUID], actor: str, reason: str) -> int:
    """Dismiss what those of them are about that are open and of such a kind; how many events or items that were.

    A fixed number of statements; one audit entry for each event. What is being replayed is left alone.
    """
    items = ExceptionItem.objects.filter(pk__in=item_ids, kind__in=KINDS, status=Status.OPEN)
    found = list(items.values_list("pk", "inbound_event_id"))
    dismissed = _dismiss_events([event_id for _, event_id in found if event_id], actor, reason)
    return dismissed + _dismiss_items([item_id for item_id, event_id in found if event_id is None], actor, reason)


@transaction.atomic
def dismiss_events(*, event_ids: Collection[UUID], actor: str, reason: str) -> int:
    """The same by the events themselves. Others than quarantined, conflicting and poisonous ones are left alone."""
    return _dismiss_events(event_ids, actor, reason)


def _dismiss_events(event_ids: Collection[UUID], actor: str, reason: str) -> int:
    audit.check_said(actor, reason)
    if not event_ids:
        return 0
    # 1. With the outcomes locked nobody else dismisses them, and nobody sends them in again.
    failed = [event_id for (event_id,) in run("webhooks", "lock_failed", [plain_array(event_ids)]).rows]
    # 2. Only now: what was sent in again before belongs to the drain, and is not waited for.
    waiting = set(InboundPending.objects.filter(event_id__in=failed).values_list("event_id", flat=True))
    chosen = [event_id for event_id in failed if event_id not in waiting]
    if not chosen:
        return 0
    run("webhooks", "dismiss_outcomes", [plain_array(chosen)])
    items = ExceptionItem.objects.filter(inbound_event_id__in=chosen, kind__in=KINDS, status=Status.OPEN)
    locked = ExceptionItem.objects.filter(pk__in=[item.pk for item in items.order_by("pk").select_for_update(no_key=True)])
    locked.mark(Status.DISMISSED, actor=actor, resolution=f"Dismissed: {reason}")
    targets = [(public_id("in", event_id), {"verdict": "dismissed"}) for event_id in chosen]
    audit.record_each(actor=actor, act=ACT, reason=reason, targets=targets)
    run("webhooks", "count_dismissed", {"queue": QUEUE, "dismissed": len(chosen)})
    return len(chosen)


def _dismiss_items(item_ids: Collection[UUID], actor: str, reason: str) -> int:
    """Those that no event brought: a poll that contradicts the books, say."""
    audit.check_said(actor, reason)
    if not item_ids:
        return 0
    items = list(ExceptionItem.objects.filter(pk__in=item_ids, status=Status.OPEN).order_by("pk").select_for_update(no_key=True))
    locked = ExceptionItem.objects.filter(pk__in=[item.pk for item in items])
    locked.mark(Status.DISMISSED, actor=actor, resolution=f"Dismissed: {reason}")
    targets = [(about(item), {"exception": item.public_id}) for item in items]
    audit.record_each(actor=actor, act=ACT, reason=reason, targets=targets)
    return len(items)
