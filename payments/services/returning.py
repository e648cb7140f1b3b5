"""Money that is not the school's to keep is marked to be returned to its payer. Nothing leaves here: refunds take it from there.

While it is marked, money in suspense is not allocated. The mark can be taken off again, except where nobody else could have it.
"""

from uuid import UUID

from django.db import IntegrityError, transaction

from access.approvals import Preview
from access.services import audit
from core.exceptions import ItemClosed, UnfitItem, open_item
from core.models import ExceptionItem
from core.models.exception_item import ExceptionItemQuerySet
from core.money import money
from payments.errors import NothingReceived, UnknownPayment
from payments.models import Payment

ACT = "payments.return_for_refund"
BACK = "payments.keep"
KINDS = (ExceptionItem.Kind.SUSPENSE, ExceptionItem.Kind.FLAG)
Status = ExceptionItem.Status


def preview_return(*, item_id: UUID) -> Preview:
    """What would be marked. Raises what `return_for_refund` raises."""
    item = open_item(item_id, kinds=KINDS, lock=False)
    payment = _payment(item, lock=False)
    amount = money(item.amount_minor or payment.received_minor, payment.currency)
    words = f"Mark {amount} of {payment.public_id} to be returned to its payer. Nothing leaves before a refund is made of it."
    return Preview(words)


@transaction.atomic
def return_for_refund(*, item_id: UUID, actor: str, reason: str) -> ExceptionItem:
    """Mark the money that an open suspense item or flag is about. Locks the payment, then the item.

    Raises UnknownItem, UnfitItem for an item about no payment, NothingReceived, and ItemClosed for the second of two people.
    """
    payment = _payment(open_item(item_id, kinds=KINDS, lock=False), lock=True)
    item = open_item(item_id, kinds=KINDS)
    return _mark(item, payment, Status.RETURNING, f"To be returned: {reason}", ACT, actor, reason)


@transaction.atomic
def keep(*, item_id: UUID, actor: str, reason: str) -> ExceptionItem:
    """Take the mark off, and answer with the item that waits for staff now. Locks the payment, then the item, then its twin.

    The twin is what more of the same payment has opened since: then the two are joined, and the twin waits for all of it. Raises
    UnknownItem, ItemClosed when it is not marked, UnfitItem for what an order got too much of.
    """
    payment = _payment(open_item(item_id, kinds=KINDS, status=Status.RETURNING, lock=False), lock=True)
    item = open_item(item_id, kinds=KINDS, status=Status.RETURNING)
    _check_not_of_a_sale(item, payment)
    try:
        with transaction.atomic():
            return _mark(item, payment, Status.OPEN, f"Kept after all: {reason}", BACK, actor, reason)
    except IntegrityError:
        return _join(item, payment, actor, reason)


def preview_keep(*, item_id: UUID) -> Preview:
    """What `keep` would do. Raises what it raises."""
    item = open_item(item_id, kinds=KINDS, status=Status.RETURNING, lock=False)
    _check_not_of_a_sale(item, _payment(item, lock=False))
    words = "Take the mark off: the money is kept for now, and this waits for staff again. Nothing is booked."
    twin = _twins(item).first()
    joined = (
        f"More of this payment waits already: this is joined with {twin.public_id}, which waits for all of it." if twin else ""
    )
    return Preview(words, warnings=tuple(filter(None, [joined])))


def can_be_kept(item: ExceptionItem) -> bool:
    """Is it marked, and could anybody but its payer have the money?"""
    if item.status != Status.RETURNING or item.payment_id is None:
        return False
    payment = Payment.objects.filter(pk=item.payment_id).first()
    return payment is not None and not _is_of_a_sale(item, payment)


def _is_of_a_sale(item: ExceptionItem, payment: Payment) -> bool:
    """Is it what an order got too much of? Then the rest of its payment is a merchant's, and no act moves a part."""
    return item.kind == ExceptionItem.Kind.SUSPENSE and not payment.in_suspense


def _check_not_of_a_sale(item: ExceptionItem, payment: Payment) -> None:
    if _is_of_a_sale(item, payment):
        raise UnfitItem("The order is paid, so this can only be given back to its payer.")


def _twins(item: ExceptionItem) -> ExceptionItemQuerySet:
    return ExceptionItem.objects.filter(kind=item.kind, subject=item.subject, status=Status.OPEN)


def _join(item: ExceptionItem, payment: Payment, actor: str, reason: str) -> ExceptionItem:
    """End the item in favour of its open twin, which is about the money of both then."""
    twin = _twins(item).select_for_update(no_key=True).first()
    if twin is None:
        raise ItemClosed("Another item about the same was dealt with at this moment: look again.")
    of_both = (item.amount_minor or 0) + (twin.amount_minor or 0)
    twin.amount_minor = min(of_both, payment.received_minor)
    twin.save(update_fields=["amount_minor"])
    _mark(item, payment, Status.RESOLVED, f"Joined with {twin.public_id}: {reason}", BACK, actor, reason)
    return twin


def _payment(item: ExceptionItem, *, lock: bool) -> Payment:
    if item.payment_id is None:
        raise UnfitItem("It is about no payment.")
    payments = Payment.objects.select_for_update(no_key=True) if lock else Payment.objects.all()
    payment = payments.filter(pk=item.payment_id).first()
    if payment is None:
        raise UnknownPayment
    if payment.received_minor == 0:
        raise NothingReceived
    return payment


def _mark(
    item: ExceptionItem, payment: Payment, status: str, resolution: str, act: str, actor: str, reason: str
) -> ExceptionItem:
    audit.check_said(actor, reason)
    before = item.status
    ExceptionItem.objects.filter(pk=item.pk).mark(status, actor=actor, resolution=resolution)
    audit.record(
        actor=actor,
        act=act,
        target=payment.public_id,
        reason=reason,
        before={"exception": item.public_id, "status": before},
        after={"exception": item.public_id, "status": status},
    )
    item.refresh_from_db()
    return item
