"""How Monnify spells what it says: envelopes, events, and amounts as numbers here and as texts there."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.far.http import Refused, Reply


def event(checkout: dict[str, Any], told: Decimal | None = None) -> dict[str, Any]:
    """The data of a SUCCESSFUL_TRANSACTION; `told` where it lies about the amount."""
    amount = Decimal(checkout["paid"]) if told is None else told
    is_card = checkout["method"] == "CARD"
    return {
        "product": checkout["product"],
        "transactionReference": checkout["transactionReference"],
        "paymentReference": checkout["paymentReference"],
        "paidOn": checkout["paidOn"],
        "paymentDescription": checkout["description"],
        "metaData": {},
        "paymentSourceInformation": [] if is_card else [source(amount)],
        "destinationAccountInformation": {"bankCode": "232", "bankName": "Sterling bank", "accountNumber": "6000140770"},
        "amountPaid": number(amount),
        "totalPayable": number(Decimal(checkout["amount"])),
        "cardDetails": {"last4": "1111", "expMonth": "10", "expYear": "29", "reusable": False} if is_card else {},
        "paymentMethod": checkout["method"],
        "currency": "NGN",
        "settlementAmount": f"{amount - 10:.2f}",
        "paymentStatus": checkout["status"],
        "customer": checkout["customer"],
    }


def source(amount: Decimal) -> dict[str, Any]:
    return {
        "bankCode": "058",
        "amountPaid": number(amount),
        "accountName": "Ada Obi",
        "sessionId": "s1",
        "accountNumber": "0065432190",
    }


def number(amount: Decimal) -> int | float:
    """A JSON number: webhooks carry amounts so, answers carry texts."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def exact(raw: bytes) -> dict[str, Any]:
    read = json.loads(raw, parse_float=Decimal, parse_int=Decimal)
    if not isinstance(read, dict):
        raise Refused(refusal(400, "The body is no object"))
    return read


def lagos() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def answer(body: dict[str, Any]) -> Reply:
    return Reply(200, {"requestSuccessful": True, "responseMessage": "success", "responseCode": "0", "responseBody": body})


def refusal(status: int, message: str) -> Reply:
    return Reply(status, {"requestSuccessful": False, "responseMessage": message, "responseCode": "99"})
