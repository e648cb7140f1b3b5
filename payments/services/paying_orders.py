"""The success that completes an order pays it; what comes after it, or beyond it, is nobody's sale: it goes to suspense, to be
given back. Whoever types an order's name at a till may send less than it asks for, and the rest later.

Settlement holds the orders of its batch locked while it decides, so two successes anywhere are put in an order of their own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.events import publish
from core.ids import public_id
from payments.deciding import Standing
from payments.models import Order, Payment
from payments.statuses import Status


@dataclass(slots=True)
class OrderStanding:
    """An order as settlement looks at it. `paid_by` is the id of the payment that paid it, `received` what came for it by the
    id of the payment it came by, less those whose money is in suspense or was allocated elsewhere.
    """

    id: str
    owner: str
    account: str
    amount_minor: int
    currency: str
    receipt: str
    paid_by: str | None
    received: dict[str, int] = field(default_factory=dict)

    @property
    def missing_minor(self) -> int:
        """What is to come still."""
        return max(0, self.amount_minor - sum(self.received.values()))

    def is_paid_by_another(self, payment: Standing) -> bool:
        return self.paid_by is not None and self.paid_by != payment.id

    def receive(self, payment: Standing, booked_minor: int) -> int:
        """Count what was just booked for the payment. Returns how much of it is not the merchant's."""
        if payment.account == self.account:
            self.received[payment.id] = payment.received_minor
        if self.is_paid_by_another(payment):
            return booked_minor
        return max(0, min(booked_minor, sum(self.received.values()) - self.amount_minor))

    def take(self, payment: Standing) -> bool:
        """Let the payment pay this order if it is the first success with which all has come; says whether it did."""
        if self.paid_by is not None or payment.status != Status.SUCCEEDED or self.missing_minor:
            return False
        self.paid_by = payment.id
        return True


def read_orders(ids: Collection[str], *, lock: bool) -> dict[str, OrderStanding]:
    """How they stand, locked in the order of their ids by whoever is going to write. Two statements."""
    orders = Order.objects.filter(pk__in=ids).order_by("pk")
    orders = orders.select_for_update(no_key=True) if lock else orders
    standings = {
        str(order.id): OrderStanding(
            str(order.id),
            f"merchant:{order.merchant_id}",
            order.account,
            order.amount_minor,
            order.currency,
            order.receipt,
            str(order.paid_payment_id) if order.paid_payment_id else None,
        )
        for order in orders
    }
    # After the locks are had: whoever had them before has committed what it booked.
    came = Payment.objects.filter(order_id__in=list(standings), received_minor__gt=0)
    for payment_id, order_id, account, received_minor in came.values_list("id", "order_id", "account", "received_minor"):
        order = standings[str(order_id)]
        if account == order.account:
            order.received[str(payment_id)] = received_minor
    return standings


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
