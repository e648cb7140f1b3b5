"""Stripe's door: signed events about intents. Every event is a snapshot in no particular order; rank decides what it changes."""

import json
import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from core.strict_json import read_object
from payments.evidence import Evidence, Unsettleable
from payments.gateways.base import Delivery, TurnedAway, unix_instant
from payments.gateways.stripe.intents import GATEWAY, evidence_of
from payments.gateways.stripe.signature import is_signed

_ACK = b'{"received":true}'
_LATER = ("refund.", "charge.refund", "charge.dispute.", "payout.", "transfer.", "topup.")
_UNCLAIMED = ("payment_intent.partially_funded", "customer_cash_balance_transaction.", "cash_balance.")
"""Money that a payer has sent to his balance at Stripe, and that no intent has taken, or not in full."""


class Stripe:
    """One door; the secrets of all its endpoints and rotations are tried."""

    name = GATEWAY
    names_at = ("data.object.id",)

    def authenticate(self, delivery: Delivery) -> bool:
        secrets = settings.GATEWAYS[GATEWAY]["webhook_secrets"]
        if not is_signed(delivery.headers.get(b"stripe-signature", b""), delivery.raw, secrets, time.time()):
            raise TurnedAway(400, "The signature is missing, wrong or out of time")
        return True

    def missing(self, *, kind: str, body: Mapping[str, Any]) -> str:
        return "" if all(isinstance(body.get(field), str) for field in ("id", "object", "type")) else "This is no event"

    def ack(self, *, kind: str, body: Mapping[str, Any]) -> bytes:
        return _ACK

    def refusal(self, *, kind: str, message: str) -> bytes:
        return json.dumps({"error": {"message": message}}).encode()

    def parse(self, *, kind: str, raw: bytes, inbound_event_id: str) -> list[Evidence]:
        event = read_object(raw)
        told = str(event.get("type"))
        if event.get("object") != "event":
            return []  # a thin event of API v2: it names a thing and says nothing about it
        if event.get("livemode") is not is_live():
            raise Unsettleable("another_mode", "A test event in production, or a live one elsewhere.")
        if event.get("account"):
            raise Unsettleable("another_account", "The event is about an account that is connected to ours.")
        if told.startswith(_LATER):
            raise Unsettleable("not_yet_handled", f"{told} is kept until somebody decides about it.")
        if told.startswith(_UNCLAIMED):
            raise Unsettleable("unclaimed_money", f"{told}: money lies in a payer's balance at Stripe, or moves there.")
        if not told.startswith("payment_intent."):
            return []
        data = event.get("data")
        intent = data.get("object") if isinstance(data, dict) else None
        if not isinstance(intent, dict) or intent.get("object") != "payment_intent":
            raise Unsettleable("bad_shape", "An event about an intent, without an intent.")
        return [evidence_of(intent, kind=told, occurred_at=unix_instant(event.get("created")), inbound_event_id=inbound_event_id)]


def is_live() -> bool:
    """Do our own credentials move real money?"""
    return str(settings.GATEWAYS[GATEWAY]["secret_key"]).partition("_")[2].startswith("live_")
