"""Is what the far side says was paid what our books say? Read with SQL alone: nothing of the product is imported."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.harness.site import Connection

_PAYMENTS = """
SELECT k.reference, p.gateway, p.status, p.received_minor, p.currency, p.id::text, r.bill_reference
FROM payment p JOIN natural_key k ON k.payment_id = p.id AND k.kind = 'reference' JOIN payment_request r ON r.payment_id = p.id
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
UNFINISHED = ("created", "pending", "requires_action", "unknown", "authorized")


def lies_of(connection: Connection, paid: Sequence[Mapping[str, Any]], *, expected: int, say: Callable[[str], None]) -> list[str]:
    """Everything that does not add up."""
    payments = {row[0]: row[1:] for row in connection.execute(_PAYMENTS)}
    staff: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for payment_id, *item in connection.execute(_BEFORE_STAFF):
        staff[payment_id or ""].append(tuple(item))
    lies = [] if len(payments) == expected else [f"{expected} were asked for, {len(payments)} are there"]
    statuses = Counter(facts[1] for facts in payments.values())
    say("payments: " + ", ".join(f"{count:,} {status}" for status, count in statuses.most_common()))
    lies += [f"{ours} is {facts[1]} for ever" for ours, facts in payments.items() if facts[1] in UNFINISHED]
    # M-Pesa is told no name of ours but the bill's; of these orders each has one payment.
    by_bill = {facts[-1]: ours for ours, facts in payments.items()}
    true = defaultdict(list)
    for fact in paid:
        true[by_bill.get(fact["ours"], fact["ours"])].append(fact)
    quarantined = 0
    for ours, facts in payments.items():
        gateway, status, received, currency, payment_id, _ = facts
        really = sum(fact["amount_minor"] for fact in true.pop(ours, []))
        if really == received:
            continue
        if received == 0 and staff[payment_id]:
            quarantined += really
        else:
            lies.append(
                f"{gateway} {ours}: {really} {currency} paid, {received} booked, {status}, before staff {staff[payment_id]}"
            )
    lies += [f"{ours}: paid on the far side, and unknown here: {facts}" for ours, facts in true.items()]
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
