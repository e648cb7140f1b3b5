"""Tingg's checkout as its webhook and its query tell it: one request, and a row for each payment made towards it.

Source: docs.tingg.africa (v3, snake_case) and the v2 plugin (camelCase). Nothing is signed, so a webhook's money is only claimed
until the query confirms it (decision 16). The acknowledgement is the reply's body: 188 says that the real one follows, 183 or 180
through the API once the payment is settled. Unacknowledged webhooks come again every 30 seconds, for a day.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from core.strict_json import read_object
from payments.evidence import Evidence, Key, Unsettleable, reference
from payments.gateways.base import told_minor
from payments.gateways.cellulant.school import GATEWAY
from payments.gateways.outbound import OURS
from payments.statuses import Status

KIND = "tingg"
CHECKOUT, MOVEMENT = "checkout", "cpg_transaction"
RECEIVED, ACCEPTED, REJECTED = "188", "183", "180"

_RETURNED = 179
"""It has expired, and what had come of it goes back to the payer."""
_PAID = (176, 177, 178, 183, 188)
_UNPAID = {
    130: (Status.REQUIRES_ACTION, ""),
    # An attempt failed; the request stays open, and the payer may try again.
    99: (Status.REQUIRES_ACTION, "attempt_failed"),
    101: (Status.REQUIRES_ACTION, "invalid_pin_or_cancelled"),
    102: (Status.REQUIRES_ACTION, "insufficient_funds"),
    129: (Status.EXPIRED, "nobody_paid_in_time"),
    _RETURNED: (Status.EXPIRED, "returned_to_payer"),
}
_LATER = (180, 184, 185, 186, 187, 191)
_V2 = {
    "checkout_request_id": "checkoutRequestID",
    "merchant_transaction_id": "merchantTransactionID",
    "request_status_code": "requestStatusCode",
    "request_currency_code": "requestCurrencyCode",
    "currency_code": "currencyCode",
    "request_date": "requestDate",
    "cpg_transaction_id": "cpgTransactionID",
    "amount_paid": "amountPaid",
    "date_payment_received": "datePaymentReceived",
    "payment_status": "paymentStatus",
    "payment_mode": "paymentMode",
}
_METHODS = {"MOBILE_MONEY": "mpesa", "CARD": "card", "BANK": "bank_transfer"}


class Row(NamedTuple):
    """One payment towards a checkout."""

    key: Key
    amount_minor: int
    currency: str
    at: datetime | None
    method: str


def missing(body: Mapping[str, Any]) -> str:
    for field in ("merchant_transaction_id", "checkout_request_id", "request_status_code"):
        if _of(body, field) in (None, ""):
            return f"{field} is required"
    return ""


def ack(body: Mapping[str, Any]) -> bytes:
    """188, in the dialect that asked; the receipt number is the checkout's own, so every repeat is told the same."""
    checkout, ours = _of(body, "checkout_request_id"), _of(body, "merchant_transaction_id")
    checkout = int(checkout) if isinstance(checkout, Decimal) else checkout
    values = (checkout, ours, RECEIVED, "Received, to be acknowledged once it is settled", receipt_number(checkout))
    return json.dumps(dict(zip(_ACK_V2 if _is_v2(body) else _ACK_V3, values, strict=True)), default=str).encode()


_ACK_V3 = ("checkout_request_id", "merchant_transaction_id", "status_code", "status_description", "receipt_number")
_ACK_V2 = ("checkoutRequestID", "merchantTransactionID", "statusCode", "statusDescription", "receiptNumber")


def receipt_number(checkout_request_id: object) -> str:
    """Our receipt for a checkout: derived from its id, so that nothing need be remembered to say it twice."""
    return f"RC-{checkout_request_id}"


def parse(*, kind: str, raw: bytes, inbound_event_id: str) -> list[Evidence]:
    """The facts of a webhook. Raises Unsettleable."""
    facts = read(read_object(raw), kind=kind, is_claim=True)
    return [fact._replace(inbound_event_id=inbound_event_id) for fact in facts]


def read(told: Mapping[str, Any], *, kind: str, is_claim: bool) -> list[Evidence]:
    """What a checkout's object says: one fact for each row of money, or one about its state. Raises Unsettleable."""
    code = _code(told)
    keys = (
        Key(OURS, _name(told, "merchant_transaction_id")),
        Key(CHECKOUT, _name(told, "checkout_request_id")),
    )
    currency = _of(told, "request_currency_code") or _of(told, "currency_code")
    if not isinstance(currency, str):
        raise Unsettleable("unknown_currency", "The currency is not a text.")
    said = Evidence(GATEWAY, kind, keys, Status.PENDING, 0, currency)
    if code in _LATER:
        raise Unsettleable("not_yet_handled", f"Status {code} is about money going back.")
    if code in _UNPAID:
        status, reason = _UNPAID[code]
        return [said._replace(status=status, reason=reason, is_final=code == _RETURNED)]
    if code not in _PAID:
        raise Unsettleable("unknown_word", f"request_status_code is none that the contract knows: {code}.")
    rows = list(_rows(told, currency))
    if not rows:
        raise Unsettleable("bad_shape", "It says that money came, and lists no payment that succeeded.")
    return [_of_money(said, row, is_claim=is_claim) for row in rows]


def _of_money(said: Evidence, row: Row, *, is_claim: bool) -> Evidence:
    paid = said._replace(keys=(*said.keys, row.key), currency=row.currency, occurred_at=row.at, method=row.method)
    if is_claim:
        return paid._replace(claimed_minor=row.amount_minor)
    return paid._replace(status=Status.SUCCEEDED, amount_minor=row.amount_minor, movement=row.key)


def _rows(told: Mapping[str, Any], currency: str) -> Iterator[Row]:
    """The payments that succeeded; `amount_paid` of the request is not trusted. v2 lists none that did not."""
    rows = told.get("payments") or []
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise Unsettleable("bad_amount", "payments is no list of rows.")
    for row in rows:
        if _of(row, "payment_status") in (None, "", "SUCCESS"):
            of_row = _of(row, "currency_code") or currency
            amount_minor = told_minor(_of(row, "amount_paid"), str(of_row), "payments[].amount_paid")
            if amount_minor == 0:
                raise Unsettleable("bad_amount", "A payment of nothing.")
            key = Key(MOVEMENT, _name(row, "cpg_transaction_id"))
            method = _METHODS.get(str(_of(row, "payment_mode")), "")
            yield Row(key, amount_minor, str(of_row), clock(_of(row, "date_payment_received")), method)


def clock(text: object) -> datetime | None:
    """Tingg's instants are UTC, with or without a fraction."""
    if not isinstance(text, str):
        return None
    try:
        read = datetime.fromisoformat(text.partition(".")[0])
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def _code(told: Mapping[str, Any]) -> int:
    code = str(_of(told, "request_status_code"))
    if not code.isascii() or not code.isdigit() or len(code) > 4:
        raise Unsettleable("unknown_word", f"request_status_code is no code: {code[:40]!r}.")
    return int(code)


def _name(told: Mapping[str, Any], field: str) -> str:
    """A reference, which Tingg spells as a text or as a whole number."""
    value = _of(told, field)
    return reference(str(value) if isinstance(value, int | Decimal) else value, field)


def _of(told: Mapping[str, Any], field: str) -> Any:
    value = told.get(field)
    return told.get(_V2[field]) if value is None and field in _V2 else value


def _is_v2(body: Mapping[str, Any]) -> bool:
    return "checkout_request_id" not in body
