"""Monnify's webhooks: `{"eventType", "eventData"}`, signed over the raw bytes with the client's secret.

`eventType` is never trusted alone: what counts is the transaction's own `paymentStatus`, and its money only once the gateway's
answer confirms it. Refunds, payouts and settlement batches are stored and quarantined until they are handled.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from core.strict_json import read_object
from payments.evidence import Evidence, Unsettleable
from payments.gateways.base import Delivery
from payments.gateways.monnify import reading
from payments.statuses import Status

SIGNATURE = b"monnify-signature"
_ACK = b'{"received":true}'
_OF_NO_PAYMENT = ("MANDATE_UPDATE", "ACCOUNT_ACTIVITY", "LOW_BALANCE_ALERT")
_LATER = (
    "SUCCESSFUL_REFUND",
    "FAILED_REFUND",
    "SUCCESSFUL_DISBURSEMENT",
    "FAILED_DISBURSEMENT",
    "REVERSED_DISBURSEMENT",
    "SETTLEMENT",
)
_MOCK_SIGNATURE = b"mocked"


class Monnify:
    """The webhook door, under both of its paths."""

    name = "monnify"
    names_at = ("eventData.transactionReference", "transactionReference")

    def authenticate(self, delivery: Delivery) -> bool:
        """Lower-case hex HMAC-SHA512 of the raw body under any of the secrets; every one is compared, in constant time."""
        ours = settings.GATEWAYS[self.name]
        presented = delivery.headers.get(SIGNATURE, b"").strip().lower()
        if ours["takes_mock_body"] and presented == _MOCK_SIGNATURE:
            return True
        found = False
        for secret in ours["secret_keys"]:
            found |= hmac.compare_digest(hmac.digest(secret.encode(), delivery.raw, "sha512").hex().encode(), presented)
        return found

    def missing(self, *, kind: str, body: Mapping[str, Any]) -> str:
        if isinstance(body.get("eventType"), str) and isinstance(body.get("eventData"), dict):
            return ""
        return "" if _is_mock_body(body) else "eventType and eventData are required"

    def ack(self, *, kind: str, body: Mapping[str, Any]) -> bytes:
        return _ACK

    def refusal(self, *, kind: str, message: str) -> bytes:
        return json.dumps({"received": False, "message": message}).encode()

    def parse(self, *, kind: str, raw: bytes, inbound_event_id: str) -> list[Evidence]:
        body = read_object(raw)
        said = _mock_fact(body) if _is_mock_body(body) else _fact(body["eventType"], body["eventData"])
        return [said._replace(inbound_event_id=inbound_event_id)] if said else []


def _fact(event: str, told: Mapping[str, Any]) -> Evidence | None:
    if event == "SUCCESSFUL_TRANSACTION":
        return reading.transaction(told, kind="successful_transaction", is_claim=True)
    if event == "REJECTED_PAYMENT":
        return _rejected(told)
    if event in _OF_NO_PAYMENT:
        return None
    if event in _LATER:
        raise Unsettleable("not_yet_handled", f"{event} is stored until it is handled.")
    raise Unsettleable("unknown_word", f"eventType is none that the contract knows: {event[:40]!r}.")


def _rejected(told: Mapping[str, Any]) -> Evidence:
    """A transfer that Monnify turned back, as a rule because it was not the amount asked for. A later PAID outranks it."""
    rejection = told.get("paymentRejectionInformation")
    word = str(rejection.get("rejectionReason") or "") if isinstance(rejection, Mapping) else ""
    return Evidence(
        gateway="monnify",
        kind="rejected_payment",
        keys=reading.keys(told),
        status=Status.FAILED,
        amount_minor=0,
        currency=str(told.get("currency") or reading.CURRENCY),
        occurred_at=reading.clock(told.get("created_on")),
        reason=f"rejected_{word.lower()}" if word.replace("_", "").isalpha() and len(word) < 40 else "rejected",
    )


def _is_mock_body(body: Mapping[str, Any]) -> bool:
    """The flat body of a mock that some of our callers grew up with; only where the settings take it, never in production."""
    return settings.GATEWAYS["monnify"]["takes_mock_body"] and "eventType" not in body and "transactionReference" in body


def _mock_fact(body: Mapping[str, Any]) -> Evidence:
    return reading.transaction(body, kind="mock", is_claim=True)
