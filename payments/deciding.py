"""What one fact means for one payment: the rules of settlement as a pure function, without a database in sight."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from core.models.inbound import Verdict
from core.money import money
from payments.evidence import AmountRule, Evidence, Key
from payments.models.payment_history import Source
from payments.statuses import RANK, RANK_PAID, Status

RANK_FAILED = RANK[Status.FAILED]


@dataclass(slots=True)
class Standing:
    """A payment as far as the rules look at it. `booked` holds its keys that have booked or confirmed money."""

    id: str
    gateway: str
    method: str
    status: str
    amount_minor: int
    received_minor: int
    currency: str
    account: str
    named_account: str
    reference: str
    status_at: datetime | None
    created_at: datetime
    settled_at: datetime | None
    order_id: str | None = None
    booked: dict[Key, int] = field(default_factory=dict)
    stored: bool = True


class Decision(NamedTuple):
    """What to do: the verdict, the state to rise to, the money to book, the flags to raise.

    `confirms` is set when a receipt names money that another key had booked: the key is kept, nothing moves.
    """

    verdict: Verdict
    status: str = ""
    book_minor: int = 0
    reason: str = ""
    detail: str = ""
    flag: str = ""
    confirms: bool = False


_DUPLICATE = Decision(Verdict.DUPLICATE)
_OUTRANKED = Decision(Verdict.RECORDED, reason="outranked")


def decide(payment: Standing, fact: Evidence) -> Decision:
    """Apply the rules of ARCHITECTURE's Settlement to one fact. The caller holds the payment's lock."""
    if fact.currency != payment.currency:
        return Decision(
            Verdict.QUARANTINED,
            reason="another_currency",
            detail=f"The payment is in {payment.currency}, the gateway speaks of {fact.currency}.",
        )
    if fact.account is not None and fact.account != payment.named_account:
        return Decision(
            Verdict.CONFLICT,
            reason="another_owner",
            detail=f"The same reference named {payment.named_account} before and names {fact.account} now.",
        )
    return _about_state(payment, fact) if fact.movement is None else _about_money(payment, fact, fact.movement)


def _about_state(payment: Standing, fact: Evidence) -> Decision:
    told, known = RANK[fact.status], RANK[payment.status]
    if told > known:
        return Decision(Verdict.RECORDED, fact.status, reason=fact.reason)
    if told == known:
        if fact.status == payment.status:
            return _DUPLICATE
        return Decision(Verdict.RECORDED, fact.status, reason=fact.reason) if _is_newer(fact, payment) else _OUTRANKED
    if told == RANK_FAILED and known >= RANK_PAID and _takes_back(fact, payment):
        word = f"{fact.status}, {fact.reason}" if fact.reason else fact.status
        return Decision(
            Verdict.RECORDED,
            reason="failed_after_success",
            detail=f"The gateway says {word}, after the success that was booked. The booking stands.",
            flag="failed_after_success",
        )
    return _OUTRANKED


def _takes_back(fact: Evidence, payment: Standing) -> bool:
    """Does a failure contradict the money that is booked?

    Callbacks come in any order, and at some gateways (UPI) a failed try before the one that pays is normal: a callback counts
    when its clock is later than the success. The answer to our own question says how it stands now, and a last word (money that
    was returned to its payer) allows no success beside it: these count unless their clock is earlier.
    """
    if fact.source is Source.POLL or fact.is_final:
        return fact.occurred_at is None or payment.status_at is None or fact.occurred_at >= payment.status_at
    return fact.occurred_at is not None and _is_newer(fact, payment)


def _about_money(payment: Standing, fact: Evidence, movement: Key) -> Decision:
    booked = payment.booked.get(movement)
    if booked is not None:
        return _DUPLICATE if booked == fact.amount_minor else another_amount(booked, fact)
    if fact.amount_rule is AmountRule.FIXED:
        if fact.amount_minor != payment.amount_minor != 0:
            return another_amount(payment.amount_minor, fact, Verdict.QUARANTINED)
        if payment.received_minor >= fact.amount_minor:
            if movement in fact.keys:
                return _DUPLICATE  # A success without a receipt, about money that a receipt has booked.
            if all(key.kind != movement.kind for key in payment.booked):
                return Decision(Verdict.RECORDED, reason="receipt_named", confirms=True)
            return _book(payment, fact, flag="second_receipt")
    return _book(payment, fact)


def _book(payment: Standing, fact: Evidence, flag: str = "") -> Decision:
    expected = payment.amount_minor or fact.amount_minor
    total = payment.received_minor + fact.amount_minor
    status: str = Status.SUCCEEDED if total >= expected else Status.PARTIALLY_PAID
    if payment.status in _REFUNDED:
        status = payment.status
    return Decision(Verdict.SETTLED, status, fact.amount_minor, flag=flag or ("overpaid" if total > expected else ""))


# Tuples of a few words, here and elsewhere on this path: hashing an enum's member costs more than comparing with all of them.
_REFUNDED = (Status.PARTIALLY_REFUNDED, Status.REFUNDED)


def another_amount(known: int, fact: Evidence, verdict: Verdict = Verdict.CONFLICT) -> Decision:
    """The fact names an amount that contradicts what is known."""
    return Decision(
        verdict,
        reason="another_amount",
        detail=f"{money(known, fact.currency)} was known under this reference, "
        f"the gateway now says {money(fact.amount_minor, fact.currency)}.",
    )


def _is_newer(fact: Evidence, payment: Standing) -> bool:
    # Without a gateway's clock on both sides the order of arrival has to do.
    return fact.occurred_at is None or payment.status_at is None or fact.occurred_at > payment.status_at
