"""The Indian gateway's far side (it speaks as Razorpay does): `/upi/v1/…`, signed events, and `/upi/confirm/<id>` for 3-D Secure.

Basic auth with the key's id and secret, JSON, paise. A receipt may be used by one order only. Cards and their magic are the
tokenizer's (`cards`). A payer who is shown a link pays after a while. Magic addresses, before any handle; all others pay:

success pays          failure, declined  refuses        cancel   cancels                 nofunds  has no money
expired lets it lapse timeout lets it time out          silent   never answers           bank     has a bank that is down
slow    pays late     fails_first fails, then pays      invalid  is refused at once      hangs    pays, our call is not answered
deemed  is pending at its bank for long, then pays
"""

import asyncio
import base64
import secrets as chance
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from sandbox.far import consent
from sandbox.far.cards import Card, behind, shown, tokenizer
from sandbox.far.http import Refused, Reply, Request, Route, route
from sandbox.far.upi_payments import A_WHILE, GATEWAY, LONG, Payment, Payments, public
from sandbox.far.world import World

_FAILS = {
    "failure": "payment_declined",
    "declined": "payment_declined",
    "cancel": "payment_cancelled",
    "nofunds": "insufficient_funds",
    "expired": "payment_collect_request_expired",
    "timeout": "payment_timed_out",
    "bank": "bank_technical_error",
    "fails_first": "payment_declined",
}
_CARD_FAILS = {
    "generic_decline": "payment_declined",
    "insufficient_funds": "insufficient_funds",
    "cancelled": "payment_cancelled",
    "timed_out": "payment_timed_out",
    "expired_card": "card_expired",
    "processing_error": "bank_technical_error",
    "charge_declined": "payment_declined",
    "lost_card": "payment_declined",
    "stolen_card": "payment_declined",
    "incorrect_cvc": "authentication_failed",
}


def routes(world: World) -> Sequence[Route]:
    payments = Payments(world)

    async def order(request: Request) -> Reply:
        return Reply(200, public(_ordered(world, request.json())))

    async def orders(request: Request) -> Reply:
        known = world.get(GATEWAY, "receipt", request.query.get("receipt", ""))
        found = payments.order(known["order"]) if known else None
        return _list([public(found)] if found else [])

    async def of_order(request: Request) -> Reply:
        return _list([public(payment) for payment in payments.of(_order(payments, request.named["id"]))])

    async def read(request: Request) -> Reply:
        return Reply(200, public(_payment(payments, request)))

    async def by_upi(request: Request) -> Reply:
        return await _by_upi(payments, request.json())

    async def by_card(request: Request) -> Reply:
        return await _by_card(payments, request)

    async def capture(request: Request) -> Reply:
        payment, asked = _payment(payments, request), request.json()
        if payment["status"] != "authorized":
            return error("This payment has already been captured, or was never authorized")
        if asked["amount"] != payment["amount"] or asked["currency"] != payment["currency"]:
            return error("Capture amount must be equal to the amount authorized", field="amount")
        payments.capture(payment)
        return Reply(200, public(payment))

    private = [
        route("POST", "/v1/orders", order),
        route("GET", "/v1/orders", orders),
        route("GET", "/v1/orders/(?P<id>[^/]+)/payments", of_order),
        route("POST", "/v1/payments/create/upi", by_upi),
        route("POST", "/v1/payments/create/json", by_card),
        route("GET", "/v1/payments/(?P<id>[^/]+)", read),
        route("POST", "/v1/payments/(?P<id>[^/]+)/capture", capture),
    ]
    guarded = [Route(one.method, one.pattern, _guarded(world, one.handler)) for one in private]
    return [*guarded, *tokenizer(world, GATEWAY), *consent.pages(payments.payer_answers)]


def _ordered(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(asked["amount"], int) or asked["amount"] < 100:
        raise Refused(error("The amount must be at least INR 1.00", field="amount"))
    if asked["currency"] != "INR" or len(asked["receipt"]) > 40:
        raise Refused(error("Not an order", field="currency" if asked["currency"] != "INR" else "receipt"))
    if world.get(GATEWAY, "receipt", asked["receipt"]):
        raise Refused(error("The receipt has been used", field="receipt"))
    order = {
        "id": f"order_{chance.token_hex(7)}",
        "entity": "order",
        "amount": asked["amount"],
        "amount_paid": 0,
        "amount_due": asked["amount"],
        "currency": "INR",
        "receipt": asked["receipt"],
        "offer_id": None,
        "status": "created",
        "attempts": 0,
        "notes": asked.get("notes") or [],
        "created_at": int(time.time()),
        "_capture": asked.get("payment", {}).get("capture", "automatic"),
        "_payments": [],
    }
    world.put(GATEWAY, "order", order["id"], order)
    world.put(GATEWAY, "receipt", asked["receipt"], {"order": order["id"]})
    return order


async def _by_upi(payments: Payments, asked: dict[str, Any]) -> Reply:
    order = _order(payments, asked["order_id"])
    way = asked["upi"]
    if way["flow"] == "intent":
        payment = payments.new(order, asked, upi={"flow": "intent"})
        payments.will(payment, "pays")
        return Reply(200, {"razorpay_payment_id": payment["id"], "link": _link(payment)})
    name = way["vpa"].partition("@")[0]
    if name == "invalid":
        return error("Invalid VPA. Please enter a valid Virtual Payment Address", reason="invalid_vpa", field="vpa")
    payment = payments.new(order, asked, vpa=way["vpa"], upi={"vpa": way["vpa"], "flow": "collect"})
    await _play(payments, payment, name)
    return Reply(200, {"razorpay_payment_id": payment["id"]})


async def _play(payments: Payments, payment: Payment, name: str) -> None:
    if name in _FAILS:
        payments.will(payment, "fails", _FAILS[name])
        if name == "fails_first":
            payments.will(payment, "pays", after=LONG)
    elif name in {"slow", "deemed"}:
        payments.will(payment, "pays", after=LONG)
    elif name == "hangs":
        payments.pay(payment)
        await asyncio.sleep(payments.world.dial.silent_for)
    elif name != "silent":
        payments.will(payment, "pays")


async def _by_card(payments: Payments, request: Request) -> Reply:
    asked = request.json()
    card = behind(payments.world, GATEWAY, asked.get("token", ""))
    if card is None:
        return error("The token is not known", field="token")
    payment = payments.new(_order(payments, asked["order_id"]), asked, card=_card(card))
    if reason := _CARD_FAILS.get(card.does):
        payments.fail(payment, reason)
        return error(payment["error_description"], reason=reason, metadata={"payment_id": payment["id"]})
    steps: list[dict[str, str]] = []
    if card.does.startswith("3ds"):
        payment["_after"] = "insufficient_funds" if card.does == "3ds_no_funds" else ""
        payments.world.put(GATEWAY, "payment", payment["id"], payment)
        steps = [{"action": "redirect", "url": consent.url_of(request, GATEWAY, payment["id"])}]
        if card.does != "3ds":
            payments.will(payment, "confirms")
    elif card.does in {"succeeds", "silent"}:
        payments.pay(payment)
        if card.does == "silent":
            await asyncio.sleep(payments.world.dial.silent_for)
    elif card.does == "slow":
        payments.will(payment, "pays", after=A_WHILE)
    return Reply(200, {"razorpay_payment_id": payment["id"], "next": steps})


def _card(card: Card) -> dict[str, Any]:
    seen = shown(card)
    return {"entity": "card", "last4": seen["last4"], "network": seen["brand"], "type": "debit", "international": False}


def _link(payment: Payment) -> str:
    rupees = f"{payment['amount'] // 100}.{payment['amount'] % 100:02}"
    fields = {"pa": "bursar@razorpay", "pn": "Bursar", "tr": payment["id"][4:], "tn": "Fees", "am": rupees, "cu": "INR"}
    return f"upi://pay?{urlencode(fields)}"


def _guarded(world: World, handler: Callable[[Request], Awaitable[Reply]]) -> Callable[[Request], Awaitable[Reply]]:
    async def answer(request: Request) -> Reply:
        ours = world.secrets[GATEWAY]
        right = base64.b64encode(f"{ours['key_id']}:{ours['key_secret']}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {right}":
            return error("Authentication failed", status=401)
        return await handler(request)

    return answer


def _order(payments: Payments, identity: str) -> dict[str, Any]:
    order = payments.order(identity)
    if order is None:
        raise Refused(error("The id provided does not exist", field="order_id"))
    return order


def _payment(payments: Payments, request: Request) -> Payment:
    payment = payments.get(request.named["id"])
    if payment is None:
        raise Refused(error("The id provided does not exist", field="id"))
    return payment


def _list(items: list[dict[str, Any]]) -> Reply:
    return Reply(200, {"entity": "collection", "count": len(items), "items": items})


def error(description: str, *, status: int = 400, reason: str = "input_validation_failed", **more: Any) -> Reply:
    """A refusal in Razorpay's shape."""
    words = {
        "code": "BAD_REQUEST_ERROR",
        "description": description,
        "source": "business",
        "step": "payment_initiation",
        "reason": reason,
        "metadata": {},
    }
    return Reply(status, {"error": words | more})
