"""The bank's callback: a small body that carries its own signature, and neither an amount nor a clock.

Source: `POST /webhooks/bank-callback` of the deposits contract. What the callback does not say, the attempt it answers does:
amount and currency are those we asked for. Nothing in it grows old, so a replay is harmless only because settlement books once.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from core.strict_json import NotStrict, read_object
from payments.evidence import AmountRule, Evidence, Key, Unsettleable
from payments.gateways.bank.canonical import SIGNATURE, is_signed
from payments.gateways.bank.names import ATTEMPT, BANK_REFERENCE, NAME, reason_of
from payments.gateways.base import Delivery, TurnedAway
from payments.gateways.outbound import OURS
from payments.models import Payment, PaymentAttempt
from payments.statuses import Status

LONGEST_REFERENCE, LARGEST_NUMBER = 100, 2**63 - 1
_STATUSES = {"success": Status.SUCCEEDED, "failed": Status.FAILED}


class Bank:
    """The one door of the bank."""

    name = NAME
    names_at = ("bank_reference",)

    def authenticate(self, delivery: Delivery) -> bool:
        """By the signature in the body. The contract looks at the shape first: 422 for another one, 401 for another signature."""
        body = _readable(delivery.raw)
        wrong = _wrong(body)
        if wrong:
            raise TurnedAway(422, wrong)
        if not is_signed(body, settings.GATEWAYS[NAME]["webhook_secrets"]):
            raise TurnedAway(401, "Invalid webhook signature")
        return True

    def missing(self, *, kind: str, body: Mapping[str, Any]) -> str:
        return ""  # `authenticate` has looked

    def ack(self, *, kind: str, body: Mapping[str, Any]) -> bytes:
        number = int(body["transaction_id"])
        return json.dumps({"message": "Webhook received and queued for processing", "transaction_id": number}).encode()

    def refusal(self, *, kind: str, message: str) -> bytes:
        return json.dumps({"detail": message}).encode()

    def parse(self, *, kind: str, raw: bytes, inbound_event_id: str) -> list[Evidence]:
        body = _readable(raw)
        status = _STATUSES.get(body["status"])
        if status is None:
            # Whatever it means, it is no failure: money that the bank has moved must not be forgotten for a word.
            raise Unsettleable("unknown_word", f"status is none that the contract knows: {body['status'][:40]!r}.")
        number, bank_reference = body["transaction_id"], Key(BANK_REFERENCE, body["bank_reference"])
        payment = _asked_by(number, bank_reference.reference)
        return [
            Evidence(
                gateway=NAME,
                kind=kind,
                keys=(Key(OURS, payment.public_id), Key(ATTEMPT, str(number)), bank_reference),
                status=status,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
                movement=bank_reference if status is Status.SUCCEEDED else None,
                amount_rule=AmountRule.FIXED,
                inbound_event_id=inbound_event_id,
                is_final=status is Status.FAILED,
                reason="" if status is Status.SUCCEEDED else reason_of(body.get("error_message")),
            )
        ]


def _readable(raw: bytes) -> dict[str, Any]:
    """The body as the bank's own parser reads it, once it is known that it can be read in one way only. Raises TurnedAway."""
    try:
        read_object(raw)
        body: dict[str, Any] = json.loads(raw)
    except ValueError as unreadable:  # more digits than Python turns into a number are as unreadable as no JSON
        why = unreadable if isinstance(unreadable, NotStrict) else "a number is out of any range"
        raise TurnedAway(422, f"The body must be one strict JSON object: {why}") from unreadable
    return body


def _wrong(body: Mapping[str, Any]) -> str:
    """What the schema has against it, "" when nothing."""
    number, reference, message = body.get("transaction_id"), body.get("bank_reference"), body.get("error_message")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= LARGEST_NUMBER:
        return "transaction_id must be a whole number"
    if not isinstance(reference, str) or not 0 < len(reference.strip()) <= LONGEST_REFERENCE or not reference.isprintable():
        return f"bank_reference must be a text of 1 to {LONGEST_REFERENCE} characters"
    if not isinstance(body.get("status"), str):
        return "status must be a text"
    if message is not None and not isinstance(message, str):
        return "error_message must be a text or null"
    if not isinstance(body.get(SIGNATURE), str):
        return "signature must be a text"
    return ""


def _asked_by(number: int, bank_reference: str) -> Payment:
    """The payment of the attempt with this number: known from birth, so a callback that overtakes the bank's answer finds it."""
    charges = PaymentAttempt.objects.filter(gateway=NAME, operation=PaymentAttempt.Operation.CHARGE)
    payment_id = charges.filter(number=number).values_list("payment_id", flat=True).first()
    if payment_id is not None:
        return Payment.objects.get(pk=payment_id)
    if bank_reference.startswith("WTH-"):
        raise Unsettleable("not_yet_handled", "Nothing is done yet about withdrawals.")
    raise Unsettleable("unknown_payment", f"No attempt of ours has the number {number}.")
