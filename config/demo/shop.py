"""What the demo's merchant has sold: orders that were paid at the till, one paid twice, one that is open, one cancelled and one
that has run out by the time somebody looks. Nothing is asked of a gateway for it.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from access.models import Merchant
from config.demo.credentials import MERCHANT_EMAIL
from payments.evidence import Evidence, Key
from payments.models import Order
from payments.services.ordering import cancel_order, create_order
from payments.services.settling import settle
from payments.statuses import Status

_PAID = (("BOOK-1001", 245_000, 1), ("BOOK-1002", 129_000, 1), ("BOOK-1003", 380_000, 1), ("BOOK-1004", 56_000, 2))
"""The merchant's name for the order, its price, and how often it was paid."""


def sell_some_books() -> None:
    """Once: the first order tells."""
    merchant = Merchant.objects.get(email=MERCHANT_EMAIL)
    if Order.objects.filter(merchant=merchant, receipt=_PAID[0][0]).exists():
        return
    now = timezone.now()
    with transaction.atomic():
        for receipt, price, times in _PAID:
            order = create_order(merchant=merchant, amount_minor=price, currency="KES", receipt=receipt)
            for number in range(1, times + 1):
                settle([_typed_at_the_till(order, f"DEMO{receipt[-4:]}{number}")], at=now)
        create_order(merchant=merchant, amount_minor=174_500, currency="KES", receipt="BOOK-1005")
        unwanted = create_order(merchant=merchant, amount_minor=92_000, currency="KES", receipt="BOOK-1006")
        cancel_order(order_id=unwanted.id, merchant=merchant)
        soon = now + timedelta(seconds=5)
        create_order(merchant=merchant, amount_minor=61_000, currency="KES", receipt="BOOK-1007", expires_at=soon)


def _typed_at_the_till(order: Order, receipt: str) -> Evidence:
    return Evidence(
        gateway="mpesa",
        kind="c2b_confirmation",
        keys=(),
        status=Status.SUCCEEDED,
        amount_minor=order.amount_minor,
        currency=order.currency,
        bill_reference=order.bill_reference,
        movement=Key("receipt", receipt),
        adopts="checkout",
        method="mpesa",
        occurred_at=timezone.now(),
    )
