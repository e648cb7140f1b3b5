"""Money that is not the school's to keep is marked to be returned to its payer. Nothing leaves here: refunds take it from there.

While it is marked, money in suspense is not allocated. The mark can be taken off again.
"""

from uuid import UUID

from django.db import IntegrityError, transaction

from access.approvals import Preview
from access.services import audit
from core.exceptions import ItemClosed, UnfitItem, open_item
from core.models import ExceptionItem
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
    """Take the mark off: the item waits for staff again. Raises UnknownItem, UnfitItem, and ItemClosed when it is not marked."""
    payment = _payment(open_item(item_id, kinds=KINDS, status=Status.RETURNING, lock=False), lock=True)
    item = open_item(item_id, kinds=KINDS, status=Status.RETURNING)
    try:
        with transaction.atomic():
            return _mark(item, payment, Status.OPEN, f"Kept after all: {reason}", BACK, actor, reason)
    except IntegrityError as twin:
        raise ItemClosed("Another item about the same is open already: deal with that one.") from twin


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
