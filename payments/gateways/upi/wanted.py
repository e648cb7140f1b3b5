"""What we ask the Indian gateway for: an order under our reference, and a payment of it by UPI or by a card's token."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from payments.evidence import Unsettleable
from payments.gateways.claims import labels
from payments.gateways.outbound import Asked
from payments.gateways.upi.entities import CAPTURE_LABEL

LEAST_PAISE = 100
NOBODYS_EMAIL = "void@razorpay.com"
"""The gateway's own placeholder for a payer without an address."""


def order_wanted(asked: Asked) -> Mapping[str, Any]:
    """Raises Unsettleable for another currency than INR, or less than the gateway takes."""
    if asked.currency != "INR":
        raise Unsettleable("currency_not_taken", "Only rupees are taken.")
    if asked.amount_minor < LEAST_PAISE:
        raise Unsettleable("amount_too_small", "The least is one rupee.")
    return {
        "amount": asked.amount_minor,
        "currency": "INR",
        "receipt": asked.our_reference,
        "notes": _notes(asked),
        "payment": {"capture": asked.capture, "capture_options": {"refund_speed": "normal"}},
    }


def payment_wanted(asked: Asked, order_id: str, now: datetime) -> tuple[str, Mapping[str, Any]]:
    """(path, body). UPI asks by a link or QR code; by a request in the payer's app where an address was given."""
    details = asked.details
    common = {
        "amount": asked.amount_minor,
        "currency": "INR",
        "order_id": order_id,
        "email": details.get("email") or NOBODYS_EMAIL,
        "contact": _contact(details),
        "notes": _notes(asked),
    }
    if asked.method == "card":
        return "/v1/payments/create/json", {**common, "method": "card", "token": details.get("card_token", "")}
    if asked.method != "upi":
        raise Unsettleable("method_not_taken", "Only UPI and cards are taken.")
    if vpa := details.get("vpa"):
        minutes = max(1, min(int((asked.expires_at - now).total_seconds() // 60), 60))
        return "/v1/payments/create/upi", {
            **common,
            "method": "upi",
            "upi": {"flow": "collect", "vpa": vpa, "expiry_time": minutes},
        }
    return "/v1/payments/create/upi", {**common, "method": "upi", "upi": {"flow": "intent"}}


def _notes(asked: Asked) -> dict[str, str]:
    return labels(asked.our_reference) | ({CAPTURE_LABEL: asked.capture} if asked.capture == "manual" else {})


def _contact(details: Mapping[str, str]) -> str:
    number = details.get("phone_number", "")
    return number if number.startswith("+") or not number else f"+{number}"
