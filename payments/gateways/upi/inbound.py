"""The door of the Indian gateway: signed events about payments and orders, in any order, each a snapshot of its moment.

`payment.failed` and then `payment.captured` of the same id is normal: the payer tried again inside the UPI app.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from core.strict_json import read_object
from payments.evidence import Evidence, Unsettleable
from payments.gateways.base import Delivery, unix_instant
from payments.gateways.upi.entities import GATEWAY, evidence_of
from payments.gateways.upi.signature import is_signed

_ACK = b'{"status":"ok"}'
_TOLD = frozenset({"payment.authorized", "payment.captured", "payment.failed", "payment.pending", "order.paid"})
_LATER = ("refund.", "payment.dispute.", "payout.", "settlement.", "transfer.")


class Upi:
    """One door; all webhook secrets are tried."""

    name = GATEWAY
    names_at = ("payload.payment.entity.id",)

    def authenticate(self, delivery: Delivery) -> bool:
        presented = delivery.headers.get(b"x-razorpay-signature", b"")
        return is_signed(presented, delivery.raw, settings.GATEWAYS[GATEWAY]["webhook_secrets"])

    def missing(self, *, kind: str, body: Mapping[str, Any]) -> str:
        return "" if isinstance(body.get("event"), str) and isinstance(body.get("payload"), dict) else "This is no event"

    def ack(self, *, kind: str, body: Mapping[str, Any]) -> bytes:
        return _ACK

    def refusal(self, *, kind: str, message: str) -> bytes:
        return json.dumps({"error": {"code": "BAD_REQUEST_ERROR", "description": message}}).encode()

    def parse(self, *, kind: str, raw: bytes, inbound_event_id: str) -> list[Evidence]:
        event = read_object(raw)
        told = str(event.get("event"))
        if told.startswith(_LATER):
            raise Unsettleable("not_yet_handled", f"{told} is kept until somebody decides about it.")
        if told not in _TOLD:
            return []
        held = event.get("payload")
        wrapped = held.get("payment") if isinstance(held, dict) else None
        payment = wrapped.get("entity") if isinstance(wrapped, dict) else None
        if not isinstance(payment, dict):
            raise Unsettleable("bad_shape", f"{told} without a payment.")
        at = unix_instant(event.get("created_at"))
        return [evidence_of(payment, kind=told, occurred_at=at, inbound_event_id=inbound_event_id)]
