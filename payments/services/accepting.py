"""Flags are looked at and accepted: the money is booked, and staff say that it may stay as it is."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from access.approvals import Preview
from access.services import audit
from core.exceptions import lock_open, open_item
from core.ids import public_id
from core.models import ExceptionItem

ACT = "payments.accept"
KINDS = (ExceptionItem.Kind.FLAG,)


def preview_accept(*, item_id: UUID) -> Preview:
    """What accepting it would say. Raises UnknownItem, UnfitItem for what is no flag, ItemClosed."""
    item = open_item(item_id, kinds=KINDS, lock=False)
    return Preview(f"Accept {about(item)} as it is: nothing is booked, nothing is changed, and it is looked at no more.")


@transaction.atomic
def accept(*, item_id: UUID, actor: str, reason: str) -> ExceptionItem:
    """Accept one flag. Of two people at once one gets ItemClosed. Raises UnknownItem, UnfitItem, ItemClosed."""
    item = open_item(item_id, kinds=KINDS)
    _accept([item], actor, reason)
    item.refresh_from_db()
    return item


@transaction.atomic
def accept_many(*, item_ids: Collection[UUID], actor: str, reason: str) -> int:
    """Accept those of them that are open flags, and leave the others alone; how many those were. A fixed number of statements."""
    items = lock_open(item_ids, kinds=KINDS)
    if items:
        _accept(items, actor, reason)
    return len(items)


def about(item: ExceptionItem) -> str:
    """What an item is about, as the audit trail names it: the payment, else the event, else the item itself."""
    if item.payment_id is not None:
        return public_id("pay", item.payment_id)
    return public_id("in", item.inbound_event_id) if item.inbound_event_id else item.public_id


def _accept(items: Collection[ExceptionItem], actor: str, reason: str) -> None:
    audit.check_said(actor, reason)
    locked = ExceptionItem.objects.filter(pk__in=[item.pk for item in items])
    locked.mark(ExceptionItem.Status.RESOLVED, actor=actor, resolution=f"Accepted as it is: {reason}")
    targets = [(about(item), {"exception": item.public_id, "flag": item.reason}) for item in items]
    audit.record_each(actor=actor, act=ACT, reason=reason, targets=targets)
