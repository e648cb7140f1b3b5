"""Is what the far side says was paid what our books say? Read with SQL alone: nothing of the product is imported."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bench.harness.site import Connection

_PAYMENTS = """
SELECT p.id::text, p.order_id::text, p.gateway, p.status, p.received_minor, p.currency, k.reference, r.bill_reference
FROM payment p LEFT JOIN natural_key k ON k.payment_id = p.id AND k.kind = 'reference'
LEFT JOIN payment_request r ON r.payment_id = p.id
"""
_BOOKED = """
SELECT k.gateway, p.currency, sum(k.booked_minor)::bigint
FROM natural_key k JOIN payment p ON p.id = k.payment_id WHERE k.booked_minor > 0 AND NOT k.confirms GROUP BY 1, 2
"""
_BEFORE_STAFF = """
SELECT i.payment_id::text, i.kind, i.reason, coalesce(i.amount_minor, 0)
FROM exception_item i WHERE i.status IN ('open', 'returning')
"""
_PAID_ORDERS = """
SELECT count(*), count(DISTINCT paid_payment_id) FROM orders WHERE status = 'paid'
"""
BOOKED = "suspense"
"""The kind of items about money that is booked."""
UNFINISHED = ("created", "pending", "requires_action", "unknown", "authorized")


class Payment(NamedTuple):
    """A row of ours. What came by a till's confirmation alone was not asked for, and has neither of the names."""

    id: str
    order: str
    gateway: str
    status: str
    received_minor: int
    currency: str
    reference: str | None
    bill: str | None


def lies_of(connection: Connection, paid: Sequence[Mapping[str, Any]], *, expected: int, say: Callable[[str], None]) -> list[str]:
    """Everything that does not add up, order by order: M-Pesa is told no name of ours but the bill's, which two prompts share."""
    payments = [Payment(*row) for row in connection.execute(_PAYMENTS)]
    staff: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for payment_id, *item in connection.execute(_BEFORE_STAFF):
        staff[payment_id or ""].append(tuple(item))
    asked = sum(payment.reference is not None for payment in payments)
    lies = [] if asked == expected else [f"{expected} were asked for, {asked} are there"]
    statuses = Counter(payment.status for payment in payments)
    say("payments: " + ", ".join(f"{count:,} {status}" for status, count in statuses.most_common()))
    lies += [f"{payment.id} is {payment.status} for ever" for payment in payments if payment.status in UNFINISHED]
    orders, order_of = defaultdict[str, list[Payment]](list), dict[str, str]()
    for payment in payments:
        orders[payment.order].append(payment)
        order_of |= {name: payment.order for name in (payment.reference, payment.bill) if name}
    true = defaultdict[str, int](int)
    for fact in paid:
        true[order_of.get(fact["ours"], fact["ours"])] += fact["amount_minor"]
    quarantined = 0
    for order, its in orders.items():
        missing = true.pop(order, 0) - sum(payment.received_minor for payment in its)
        shown = [item for payment in its for item in staff[payment.id] if item[0] != BOOKED]
        shown += [item for item in staff[""] if item[-1] == missing]
        if missing > 0 and shown:
            quarantined += missing
        elif missing:
            lies.append(f"{missing} more was paid than is booked for {order}: {its}, before staff {shown}")
    lies += [f"{ours}: {minor} paid on the far side, and unknown here" for ours, minor in true.items()]
    sums: Counter[tuple[str, str]] = Counter()
    for fact in paid:
        sums[fact["gateway"], fact["currency"]] += fact["amount_minor"]
    booked = {(gateway, currency): amount for gateway, currency, amount in connection.execute(_BOOKED)}
    say("paid: " + ", ".join(f"{gateway} {amount:,} {currency}" for (gateway, currency), amount in sorted(sums.items())))
    reasons = Counter(reason for items in staff.values() for _, reason, _ in items)
    say(f"of it before staff and not booked: {quarantined:,} minor units; what staff see: {dict(reasons)}")
    if sum(sums.values()) != sum(booked.values()) + quarantined:
        lies.append(f"{sum(sums.values())} was paid, {sum(booked.values())} is booked, {quarantined} is before staff")
    paid_orders = connection.execute(_PAID_ORDERS).fetchone()
    if paid_orders and paid_orders[0] != paid_orders[1]:
        lies.append(f"{paid_orders[0]} orders are paid by {paid_orders[1]} payments")
    return lies
