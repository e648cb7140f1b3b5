"""The first success pays an order; what comes after it, or beyond it, is nobody's sale: it goes to suspense, to be given back.

Settlement holds the orders of its batch locked while it decides, so two successes anywhere are put in an order of their own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.events import publish
from core.ids import public_id
from payments.deciding import Standing
from payments.models import Order
from payments.statuses import Status


@dataclass(slots=True)
class OrderStanding:
    """An order as settlement looks at it. `paid_by` is the id of the payment that paid it."""

    id: str
    owner: str
    amount_minor: int
    currency: str
    receipt: str
    paid_by: str | None

    def is_paid_by_another(self, payment: Standing) -> bool:
        return self.paid_by is not None and self.paid_by != payment.id

    def excess_minor(self, payment: Standing, booked_minor: int) -> int:
        """How much of what was just booked, already counted in `received_minor`, is not the merchant's."""
        if self.is_paid_by_another(payment):
            return booked_minor
        return max(0, min(booked_minor, payment.received_minor - self.amount_minor))

    def take(self, payment: Standing) -> bool:
        """Let the payment pay this order if it is the first to have succeeded; says whether it did."""
        if self.paid_by is not None or payment.status != Status.SUCCEEDED:
            return False
        self.paid_by = payment.id
        return True


def read_orders(ids: Collection[str], *, lock: bool) -> dict[str, OrderStanding]:
    """How they stand, locked in the order of their ids by whoever is going to write."""
    orders = Order.objects.filter(pk__in=ids).order_by("pk")
    orders = orders.select_for_update(no_key=True) if lock else orders
    return {
        str(order.id): OrderStanding(
            str(order.id),
            f"merchant:{order.merchant_id}",
            order.amount_minor,
            order.currency,
            order.receipt,
            str(order.paid_payment_id) if order.paid_payment_id else None,
        )
        for order in orders
    }


def write_paid(orders: Sequence[OrderStanding], *, at: datetime) -> None:
    """Write what `take` decided, with its events. The condition is the database's own word that an order is paid once."""
    for order in orders:
        unpaid = Order.objects.filter(pk=order.id, paid_payment_id__isnull=True)
        if not unpaid.update(status=Order.Status.PAID, paid_payment_id=order.paid_by, paid_at=at):
            raise AssertionError("an order that is locked was paid by somebody else")
        publish(
            "order.paid",
            subject=public_id("order", order.id),
            owner=order.owner,
            payload={
                "order": public_id("order", order.id),
                "status": Order.Status.PAID.value,
                "payment": public_id("pay", order.paid_by or ""),
                "amount": order.amount_minor,
                "currency": order.currency,
                "receipt": order.receipt,
            },
        )
