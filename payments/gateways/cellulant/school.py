"""The school's own contract: a bearer token, and one notification for each payment.

Source: the validation and notification API that the school agreed with Cellulant (docs/gateways.md). Amounts are decimal
major units, KES unless the body says otherwise. `transactionId` is the payment's intent and its movement in one.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.strict_json import read_object
from ledger import chart
from ledger.errors import InvalidAccountCode
from payments.evidence import Evidence, Key, Unsettleable, reference
from payments.gateways.base import exact_minor, instant
from payments.statuses import Status

GATEWAY = "cellulant"
_ACK = json.dumps(
    {"success": True, "message": "Payment notification received and queued for processing"}, separators=(",", ":")
).encode()
_STATUSES = {
    "SUCCESS": Status.SUCCEEDED,
    "COMPLETED": Status.SUCCEEDED,
    "FAILED": Status.FAILED,
    "FAILURE": Status.FAILED,
    "CANCELLED": Status.CANCELLED,
    "PENDING": Status.PENDING,
}
_METHODS = {"MPESA": "mpesa", "CARD": "card", "BANK_TRANSFER": "bank_transfer", "CASH": "cash", "": ""}
_CRITICAL = ("transactionId", "studentId", "status")


def missing(body: Mapping[str, Any]) -> str:
    return "" if all(body.get(field) not in (None, "") for field in _CRITICAL) else "Missing critical fields in payload"


def ack(body: Mapping[str, Any]) -> bytes:
    return _ACK


def refusal(message: str) -> bytes:
    return json.dumps({"success": False, "message": message}).encode()


def parse(*, kind: str, raw: bytes, inbound_event_id: str) -> list[Evidence]:
    body = read_object(raw)
    status = _STATUSES.get(_word(body, "status"))
    method = _METHODS.get(_word(body, "paymentMethod"))
    if status is None or method is None:
        word = "status" if status is None else "paymentMethod"
        raise Unsettleable("unknown_word", f"{word} is none that the contract knows: {str(body.get(word))[:40]!r}.")
    currency = _word(body, "currency") or "KES"
    key = Key("transaction", reference(body["transactionId"], "transactionId"))
    moved = status is Status.SUCCEEDED
    amount_minor = exact_minor(body.get("amountPaid") or Decimal(0), currency, "amountPaid")
    if moved and amount_minor == 0:
        raise Unsettleable("bad_amount", "A success without an amount.")
    return [
        Evidence(
            gateway=GATEWAY,
            kind=kind,
            keys=(key,),
            status=status,
            amount_minor=amount_minor,
            currency=currency,
            account=_account(body["studentId"], currency),
            movement=key if moved else None,
            method=method,
            occurred_at=instant(body.get("timestamp")),
            inbound_event_id=inbound_event_id,
        )
    ]


def _word(body: Mapping[str, Any], field: str) -> str:
    word = body.get(field)
    if word is None:
        return ""
    if not isinstance(word, str):
        raise Unsettleable("unknown_word", f"{field} is not a text.")
    return word.upper()


def _account(student_id: object, currency: str) -> str:
    if not isinstance(student_id, str):
        raise Unsettleable("bad_student", "studentId is not a text.")
    try:
        return chart.student(student_id, currency)
    except InvalidAccountCode as impossible:
        raise Unsettleable("bad_student", f"studentId can't be one of ours: {impossible.detail}") from impossible
