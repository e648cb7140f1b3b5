"""A payment as Razorpay shows it, in an event or in an answer, read into evidence.

An order may see several payments: the order's id finds ours, the payment's id is the movement. `status` and the event's name are
to be believed; `captured` is not (a published sample of a failed card has it true).
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.money import MAX_MINOR
from payments.evidence import AmountRule, Evidence, Key, Unsettleable, reference
from payments.gateways.claims import OUR_LABEL, claimed
from payments.models.payment_history import Source
from payments.statuses import Status

GATEWAY = "upi"
ORDER, PAYMENT = "order", "payment"
_STATUSES = {
    "created": Status.PENDING,
    "pending": Status.PENDING,
    "authorized": Status.AUTHORIZED,
    "captured": Status.SUCCEEDED,
}
_METHODS = {"upi": "upi", "card": "card"}
FAILURES: dict[str, tuple[Status, str]] = {
    "payment_collect_request_expired": (Status.EXPIRED, "request_expired"),
    "payment_timed_out": (Status.EXPIRED, "timed_out"),
    "payment_cancelled": (Status.FAILED, "cancelled_by_payer"),
    "payment_declined": (Status.FAILED, "declined"),
    "insufficient_funds": (Status.FAILED, "insufficient_funds"),
    "invalid_vpa": (Status.FAILED, "invalid_vpa"),
    "vpa_resolution_failed": (Status.FAILED, "unknown_vpa"),
    "bank_technical_error": (Status.FAILED, "bank_error"),
    "gateway_technical_error": (Status.FAILED, "gateway_error"),
    "credit_failed": (Status.FAILED, "credit_failed"),
    "incorrect_pin": (Status.FAILED, "wrong_pin"),
    "card_declined": (Status.FAILED, "declined"),
    "card_expired": (Status.FAILED, "expired_card"),
    "authentication_failed": (Status.FAILED, "authentication_failed"),
    "input_validation_failed": (Status.FAILED, "refused_as_invalid"),
    "ZA": (Status.FAILED, "declined"),
    "U69": (Status.EXPIRED, "request_expired"),
    "Z9": (Status.FAILED, "insufficient_funds"),
    "Z8": (Status.FAILED, "limit_exceeded"),
    "Z7": (Status.FAILED, "limit_exceeded"),
    "Z6": (Status.FAILED, "wrong_pin"),
    "ZM": (Status.FAILED, "wrong_pin"),
    "U30": (Status.FAILED, "debit_failed"),
}
"""error_reason, or the NPCI's own code, → what it means for the payment. Any other word is a failure under its own name."""
CAPTURE_LABEL = "bursar_capture"
"""Noted on a payment of ours that is only promised until we say so."""
DEEMED = frozenset({"01", "RB", "96", "payment_pending", "payment_deemed"})
"""Nobody knows yet: the beneficiary's bank has not answered, and may still credit. Pending, whatever the gateway calls it."""


def evidence_of(
    payment: Mapping[str, Any],
    *,
    kind: str,
    occurred_at: datetime | None = None,
    source: Source = Source.WEBHOOK,
    inbound_event_id: str | None = None,
) -> Evidence:
    """The fact that a payment entity states. Raises Unsettleable for a status or an amount that can't be read."""
    currency = str(payment.get("currency") or "")
    movement = Key(PAYMENT, reference(payment.get("id"), "id"))
    ours, account = claimed(payment.get("notes"), currency)
    order = payment.get("order_id")
    orders = (Key(ORDER, reference(order, "order_id")),) if order is not None else ()
    status, reason = _state(payment)
    took = status is Status.SUCCEEDED
    return Evidence(
        gateway=GATEWAY,
        kind=kind,
        keys=(*ours, *orders) or (movement,),
        status=status,
        amount_minor=paise(payment.get("amount")),
        currency=currency,
        account=account,
        movement=movement if took else None,
        amount_rule=AmountRule.FIXED,
        method=_METHODS.get(str(payment.get("method")), ""),
        occurred_at=occurred_at,
        source=source,
        inbound_event_id=inbound_event_id,
        reason=reason,
    )


def failure(code: object) -> tuple[Status, str]:
    """What a refusal's word means: (status, stable reason)."""
    word = code if isinstance(code, str) else ""
    if word in FAILURES:
        return FAILURES[word]
    return Status.FAILED, word.lower()[:60] if word.replace("_", "").isalnum() and word.isascii() else "declined"


def paise(amount: object) -> int:
    """A JSON number of paise. Raises Unsettleable for a fraction, a text, nothing, or more than the books carry."""
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal) or not Decimal(amount).is_finite():
        raise Unsettleable("bad_amount", "amount is not a number.")
    if amount != amount // 1 or not 0 < amount <= MAX_MINOR:
        raise Unsettleable("bad_amount", "amount is no whole number of paise that the books carry.")
    return int(amount)


def _state(payment: Mapping[str, Any]) -> tuple[Status, str]:
    told = payment.get("status")
    if told == "failed":
        return _failed(payment)
    if told == "authorized" and _is_taken_at_once(payment.get("notes")):
        return Status.PENDING, ""  # a step on the way: the gateway captures it itself, and is asked until it has
    if told == "refunded":
        # A promise that nobody captured in time is "refunded", too: that money was never ours.
        return (Status.SUCCEEDED, "") if payment.get("captured") is True else (Status.VOIDED, "authorization_expired")
    status = _STATUSES.get(told) if isinstance(told, str) else None
    if status is None:
        raise Unsettleable("unknown_word", f"status is none that we know: {str(told)[:40]!r}.")
    return status, ""


def _is_taken_at_once(notes: object) -> bool:
    return isinstance(notes, dict) and OUR_LABEL in notes and notes.get(CAPTURE_LABEL) != "manual"


def _failed(payment: Mapping[str, Any]) -> tuple[Status, str]:
    acquirer = payment.get("acquirer_data")
    code = acquirer.get("response_code") if isinstance(acquirer, dict) else None
    words = [word for word in (payment.get("error_reason"), code, payment.get("error_code")) if isinstance(word, str) and word]
    if not DEEMED.isdisjoint(words):
        return Status.PENDING, "deemed"
    return failure(words[0] if words else "")
