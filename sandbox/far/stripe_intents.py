"""What becomes of an intent at Stripe: charged, declined, waiting, promised, taken, given up; and what is told of it."""

import copy
import json
import time
from datetime import UTC, datetime
from typing import Any

from sandbox.far.cards import Card, shown
from sandbox.far.world import Callback, World
from sandbox.signing.stripe import sign

GATEWAY = "stripe"
Intent = dict[str, Any]
SOON, A_WHILE = 0.0, 5.0
_DECLINES = {"expired_card", "incorrect_cvc", "processing_error"}
"""Codes of their own; the rest are card_declined with a decline_code."""


class Intents:
    """Intents by id. `_…` names are the far side's own and are never shown."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.teach(GATEWAY, "tell", self._tell)
        world.teach(GATEWAY, "succeed", self._succeed)
        world.teach(GATEWAY, "answer", self._answer)

    def get(self, identity: str) -> Intent | None:
        return self.world.get(GATEWAY, "intent", identity)

    def put(self, intent: Intent) -> Intent:
        self.world.put(GATEWAY, "intent", intent["id"], intent)
        return intent

    def confirm(self, intent: Intent, card: Card, page: str) -> str:
        """Let the card do what it does. Returns the code of a decline, "" for none."""
        intent["_card"] = shown(card)
        match card.does:
            case "succeeds" | "silent":
                self.pay(intent)
            case "slow":
                self._become(intent, "processing")
                self.world.later(A_WHILE, GATEWAY, "succeed", {"id": intent["id"]})
            case "never":
                self._become(intent, "processing")
            case "3ds" | "3ds_confirms" | "3ds_no_funds":
                intent["_after"] = "insufficient_funds" if card.does == "3ds_no_funds" else ""
                self.wait_for_payer(intent, page)
                if card.does != "3ds":
                    self.world.later(A_WHILE, GATEWAY, "answer", {"id": intent["id"], "confirmed": True})
            case _:
                code = "generic_decline" if card.does in {"charge_declined", "cancelled", "timed_out"} else card.does
                self.decline(intent, code)
                return code
        return ""

    def wait_for_payer(self, intent: Intent, page: str) -> None:
        redirect = {"url": page, "return_url": intent["_return_url"]}
        intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": redirect}
        self._become(intent, "requires_action")

    def wait_for_transfer(self, intent: Intent) -> None:
        """An account number of the payer's own; the money comes after a while."""
        account = {
            "iban": {"iban": "IE29SANDBOX00000000001", "bic": "SANDIE21", "country": "IE", "account_holder_name": "Bursar"}
        }
        instructions = {
            "amount_remaining": intent["amount"],
            "currency": intent["currency"],
            "financial_addresses": [{"type": "iban", "supported_networks": ["sepa"], **account}],
            "hosted_instructions_url": "https://payments.stripe.com/bank_transfers/instructions/sandbox",
            "reference": intent["id"][-8:].upper(),
            "type": "eu_bank_transfer",
        }
        kind = "display_bank_transfer_instructions"
        intent["next_action"] = {"type": kind, kind: instructions}
        self._become(intent, "requires_action")
        self.world.later(A_WHILE, GATEWAY, "succeed", {"id": intent["id"]})

    def pay(self, intent: Intent) -> None:
        """The money is there: taken, or with a manual capture promised."""
        intent.update(next_action=None, last_payment_error=None, latest_charge=f"ch_{intent['id'][3:]}")
        if intent["capture_method"] == "manual":
            intent["amount_capturable"] = intent["amount"]
            self._become(intent, "requires_capture", "payment_intent.amount_capturable_updated")
        else:
            self.take(intent, intent["amount"])

    def take(self, intent: Intent, amount: int) -> None:
        intent.update(amount_received=amount, amount_capturable=0)
        self.world.note_paid(
            GATEWAY,
            intent["id"],
            ours=intent["metadata"].get("bursar_payment", ""),
            amount_minor=amount,
            currency=intent["currency"].upper(),
        )
        self._become(intent, "succeeded")

    def decline(self, intent: Intent, code: str) -> None:
        own = code in _DECLINES
        intent["next_action"] = None
        intent["last_payment_error"] = {
            "type": "card_error",
            "code": code if own else "card_declined",
            "decline_code": None if own else code,
            "message": "Your card was declined.",
            "payment_method": {"object": "payment_method", "type": "card", "card": intent.get("_card")},
        }
        if code == "payment_intent_authentication_failure":
            intent["last_payment_error"].update(type="invalid_request_error", code=code, decline_code=None)
        self._become(intent, "requires_payment_method", "payment_intent.payment_failed")

    def give_up(self, intent: Intent, reason: str) -> None:
        intent.update(canceled_at=int(time.time()), cancellation_reason=reason or None, amount_capturable=0, next_action=None)
        self._become(intent, "canceled")

    async def payer_answers(self, identity: str, confirmed: bool) -> str | None:
        """The payer's word on the page. Returns where they go next, None when nothing waited for it."""
        intent = self.get(identity)
        if intent is None or intent["status"] != "requires_action":
            return None
        if not confirmed:
            self.decline(intent, "payment_intent_authentication_failure")
        elif intent.get("_after"):
            self.decline(intent, intent["_after"])
        else:
            self.pay(intent)
        return str(intent["_return_url"])

    def _become(self, intent: Intent, status: str, told: str = "") -> None:
        intent["status"] = status
        self.put(intent)
        self.world.later(SOON, GATEWAY, "tell", {"type": told or f"payment_intent.{status}", "intent": public(intent)})

    async def _succeed(self, task: dict[str, Any]) -> None:
        intent = self.get(task["id"])
        if intent is not None and intent["status"] in {"processing", "requires_action"}:
            self.pay(intent)

    async def _answer(self, task: dict[str, Any]) -> None:
        await self.payer_answers(task["id"], task["confirmed"])

    async def _tell(self, task: dict[str, Any]) -> None:
        shot: Intent = copy.deepcopy(task["intent"])
        name = f"{task['type']}:{shot['id']}"
        if shot["status"] == "succeeded" and self.world.lies_about_amount(name):
            shot["amount_received"] += 100
        path, headers, body = sign(event(task["type"], shot), self.world.secrets[GATEWAY], datetime.now(UTC))
        self.world.tell(Callback(name, path, body, headers))


def public(intent: Intent) -> Intent:
    return {name: value for name, value in intent.items() if not name.startswith("_")}


def event(kind: str, thing: dict[str, Any], at: int | None = None) -> bytes:
    """An event's body about a snapshot of a thing. Its id is new for each fact, and the same when the fact is told again."""
    now = at or int(time.time())
    body = {
        "id": f"evt_{thing['id']}_{kind.rpartition('.')[2]}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": now,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    return json.dumps(body).encode()
