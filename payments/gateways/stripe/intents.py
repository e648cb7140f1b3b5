"""A PaymentIntent, as an event or an answer shows it, read into evidence.

The intent's id is key and movement in one: an intent takes money once. A declined attempt leaves Stripe's intent open
(`requires_payment_method`), but our payment has one attempt, and that has failed. Should the intent succeed after all, success
outranks failure.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from payments.evidence import AmountRule, Evidence, Key, Unsettleable, reference
from payments.gateways.claims import claimed
from payments.gateways.stripe.amounts import from_stripe
from payments.models.payment_history import Source
from payments.statuses import Status

GATEWAY = "stripe"
INTENT = "intent"
_STATUSES = {
    "requires_confirmation": Status.PENDING,
    "processing": Status.PENDING,
    "requires_action": Status.REQUIRES_ACTION,
    "requires_capture": Status.AUTHORIZED,
    "succeeded": Status.SUCCEEDED,
}
_METHODS = {"card": "card", "customer_balance": "bank_transfer"}
REASONS = {
    "generic_decline": "declined",
    "card_declined": "declined",
    "do_not_honor": "declined",
    "insufficient_funds": "insufficient_funds",
    "lost_card": "lost_card",
    "stolen_card": "stolen_card",
    "expired_card": "expired_card",
    "incorrect_cvc": "incorrect_cvc",
    "invalid_cvc": "incorrect_cvc",
    "incorrect_number": "invalid_card",
    "invalid_number": "invalid_card",
    "processing_error": "processing_error",
    "authentication_required": "authentication_required",
    "payment_intent_authentication_failure": "authentication_failed",
    "payment_intent_payment_attempt_expired": "expired",
    "amount_too_small": "amount_too_small",
    "amount_too_large": "amount_too_large",
    "resource_missing": "unknown_token",
    "token_already_used": "token_already_used",
}
"""Stripe's decline and error codes → our stable words. A code that is not here is kept as it is, if it is a word at all."""


def evidence_of(
    intent: Mapping[str, Any],
    *,
    kind: str,
    occurred_at: datetime | None = None,
    source: Source = Source.WEBHOOK,
    inbound_event_id: str | None = None,
) -> Evidence:
    """The fact that an intent states. Raises Unsettleable for a status or an amount that can't be read."""
    currency = str(intent.get("currency") or "").upper()
    known = Key(INTENT, reference(intent.get("id"), "id"))
    ours, account = claimed(intent.get("metadata"), currency)
    status, reason = _state(intent)
    took = status is Status.SUCCEEDED
    amount_minor = from_stripe(intent.get("amount_received" if took else "amount"), currency, "amount")
    if took and amount_minor == 0:
        raise Unsettleable("bad_amount", "A success that took nothing.")
    return Evidence(
        gateway=GATEWAY,
        kind=kind,
        keys=(*ours, known),
        status=status,
        amount_minor=amount_minor,
        currency=currency,
        account=account,
        movement=known if took else None,
        amount_rule=AmountRule.FIXED,
        method=_method(intent),
        occurred_at=occurred_at,
        source=source,
        inbound_event_id=inbound_event_id,
        reason=reason,
    )


def stable_reason(code: object) -> str:
    """One word for why it was refused."""
    if not isinstance(code, str) or not code:
        return "declined"
    return REASONS.get(code) or (
        code[:60] if code.replace("_", "").isalnum() and code.isascii() and code.islower() else "declined"
    )


def _state(intent: Mapping[str, Any]) -> tuple[Status, str]:
    told = intent.get("status")
    if told == "requires_payment_method":
        error = intent.get("last_payment_error")
        if not isinstance(error, dict):
            return Status.PENDING, ""
        return Status.FAILED, stable_reason(error.get("decline_code") or error.get("code"))
    if told == "canceled":
        return _given_up(intent)
    status = _STATUSES.get(told) if isinstance(told, str) else None
    if status is None:
        raise Unsettleable("unknown_word", f"status is none that we know: {str(told)[:40]!r}.")
    return status, told if told == "processing" else ""


def _given_up(intent: Mapping[str, Any]) -> tuple[Status, str]:
    why = intent.get("cancellation_reason")
    reason = why if why in {"abandoned", "duplicate", "fraudulent", "requested_by_customer"} else ""
    if intent.get("capture_method") != "manual":
        return Status.CANCELLED, reason
    # "automatic" is Stripe's own word for a promise that was not taken in time.
    return Status.VOIDED, "authorization_expired" if why == "automatic" else reason


def _method(intent: Mapping[str, Any]) -> str:
    types = intent.get("payment_method_types")
    return _METHODS.get(str(types[0]), str(types[0])[:40]) if isinstance(types, list) and len(types) == 1 else ""
