"""What becomes of a payment at the Indian gateway, and what is told of it: events are snapshots, signed, two for a success."""

import copy
import json
import secrets as chance
import time
from datetime import UTC, datetime
from typing import Any

from sandbox.far.world import Callback, World
from sandbox.signing.upi import sign

GATEWAY = "upi"
Payment = dict[str, Any]
SOON, A_WHILE, LONG = 0.0, 5.0, 20.0
WORDS = {
    "payment_declined": ("customer", "Payment was declined by the payer."),
    "payment_cancelled": ("customer", "Payment cancelled"),
    "payment_collect_request_expired": ("customer", "Payment was unsuccessful as you could not complete it in time."),
    "insufficient_funds": ("issuer", "Payment failed"),
    "payment_timed_out": ("customer", "Payment was not completed on time."),
    "bank_technical_error": ("bank", "The bank could not be reached."),
    "authentication_failed": ("customer", "The payer did not confirm."),
    "card_expired": ("customer", "The card has expired."),
}


class Payments:
    """Orders and payments by id. `_…` names are the far side's own and are never shown."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.teach(GATEWAY, "tell", self._tell)
        world.teach(GATEWAY, "play", self._play)

    def order(self, identity: str) -> dict[str, Any] | None:
        return self.world.get(GATEWAY, "order", identity)

    def get(self, identity: str) -> Payment | None:
        return self.world.get(GATEWAY, "payment", identity)

    def of(self, order: dict[str, Any]) -> list[Payment]:
        return [payment for identity in order["_payments"] if (payment := self.get(identity)) is not None]

    def new(self, order: dict[str, Any], asked: dict[str, Any], **more: Any) -> Payment:
        payment = _entity(order, asked) | more
        self.world.put(GATEWAY, "payment", payment["id"], payment)
        order.update(status="attempted", attempts=order["attempts"] + 1, _payments=[*order["_payments"], payment["id"]])
        self.world.put(GATEWAY, "order", order["id"], order)
        self.world.count(GATEWAY, "charge", order["receipt"])
        return payment

    def will(self, payment: Payment, what: str, reason: str = "", *, after: float = A_WHILE) -> None:
        """The payer, or a bank, does something about it later: `pays` or `fails`."""
        self.world.later(after, GATEWAY, "play", {"id": payment["id"], "what": what, "reason": reason})

    def pay(self, payment: Payment) -> None:
        """The money is there: captured at once, or promised until somebody captures it."""
        order = self.order(payment["order_id"])
        if order is None or payment["status"] in {"authorized", "captured"}:
            return
        payment.update(error_code=None, error_description=None, error_source=None, error_step=None, error_reason=None)
        payment["acquirer_data"] = {"rrn": "".join(chance.choice("0123456789") for _ in range(12))}
        self._become(payment, "authorized")
        if order["_capture"] == "automatic":
            self.capture(payment)

    def capture(self, payment: Payment) -> None:
        order = self.order(payment["order_id"])
        if order is None:
            return
        payment.update(captured=True, fee=0, tax=0, base_amount=payment["amount"])
        order.update(status="paid", amount_paid=payment["amount"], amount_due=0)
        self.world.put(GATEWAY, "order", order["id"], order)
        ours = order["receipt"]
        amount = payment["amount"]
        self.world.note_paid(GATEWAY, payment["id"], ours=ours, amount_minor=amount, currency=payment["currency"])
        self._become(payment, "captured", "order.paid")

    def fail(self, payment: Payment, reason: str) -> None:
        source, words = WORDS.get(reason, ("gateway", "Payment failed"))
        payment.update(
            error_code="BAD_REQUEST_ERROR",
            error_description=words,
            error_source=source,
            error_step="payment_authorization",
            error_reason=reason,
        )
        self._become(payment, "failed")

    async def payer_answers(self, identity: str, confirmed: bool) -> str | None:
        payment = self.get(identity)
        if payment is None or payment["status"] != "created":
            return None
        if not confirmed:
            self.fail(payment, "authentication_failed")
        elif payment.get("_after"):
            self.fail(payment, payment["_after"])
        else:
            self.pay(payment)
        return ""

    def _become(self, payment: Payment, status: str, *also: str) -> None:
        payment["status"] = status
        self.world.put(GATEWAY, "payment", payment["id"], payment)
        for told in (f"payment.{status}", *also):
            self.world.later(SOON, GATEWAY, "tell", {"event": told, "payment": public(payment)})

    async def _play(self, task: dict[str, Any]) -> None:
        payment = self.get(task["id"])
        if payment is None or payment["status"] == "captured":
            return
        if task["what"] == "pays":
            self.pay(payment)
        elif task["what"] == "confirms":
            await self.payer_answers(payment["id"], confirmed=True)
        elif payment["status"] == "created":
            self.fail(payment, task["reason"])

    async def _tell(self, task: dict[str, Any]) -> None:
        payment: Payment = copy.deepcopy(task["payment"])
        name = f"{task['event']}:{payment['id']}"
        if payment["status"] == "captured" and self.world.lies_about_amount(name):
            payment["amount"] += 100
        path, headers, body = sign(event(task["event"], payment), self.world.secrets[GATEWAY], datetime.now(UTC))
        self.world.tell(Callback(name, path, body, headers))


def public(payment: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payment.items() if not name.startswith("_")}


def event(told: str, payment: Payment, at: int | None = None) -> bytes:
    """An event's body about a snapshot of a payment."""
    body = {
        "entity": "event",
        "account_id": "acc_Sandbox0000001",
        "event": told,
        "contains": ["payment"],
        "payload": {"payment": {"entity": payment}},
        "created_at": at or int(time.time()),
    }
    return json.dumps(body, separators=(",", ":")).encode()


def _entity(order: dict[str, Any], asked: dict[str, Any]) -> Payment:
    return {
        "id": f"pay_{chance.token_hex(7)}",
        "entity": "payment",
        "amount": order["amount"],
        "currency": order["currency"],
        "status": "created",
        "order_id": order["id"],
        "international": False,
        "method": asked["method"],
        "amount_refunded": 0,
        "refund_status": None,
        "captured": False,
        "description": None,
        "card_id": None,
        "vpa": None,
        "email": asked["email"],
        "contact": asked.get("contact", ""),
        "notes": asked.get("notes") or [],
        "fee": None,
        "tax": None,
        "error_code": None,
        "error_description": None,
        "error_source": None,
        "error_step": None,
        "error_reason": None,
        "acquirer_data": {"rrn": None},
        "created_at": int(time.time()),
    }
