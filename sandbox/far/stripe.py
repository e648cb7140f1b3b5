"""Stripe's far side: `/stripe/v1/…` as the official SDK asks it, signed events, and `/stripe/confirm/<id>`, where payers confirm.

Form-encoded requests with the secret key as bearer. An idempotency key replays its first answer for ever, and with other
parameters is an idempotency_error. Cards and their magic are the tokenizer's (`cards`); wallets wait on the page like 3-D Secure;
bank transfers are paid after a while.
"""

import asyncio
import hashlib
import json
import re
import secrets as chance
import time
from collections.abc import Awaitable, Callable, Sequence

from sandbox.far import consent
from sandbox.far.cards import behind, tokenizer
from sandbox.far.http import Refused, Reply, Request, Route, route
from sandbox.far.stripe_intents import GATEWAY, Intent, Intents, public
from sandbox.far.stripe_saving import error, saving
from sandbox.far.world import World

_LABEL = re.compile(r"metadata\['bursar_payment'\]:'([A-Za-z0-9_-]+)'")
_LEAST = 50


def routes(world: World) -> Sequence[Route]:
    intents = Intents(world)

    async def create(request: Request) -> Reply:
        return await _created(world, intents, request)

    async def read(request: Request) -> Reply:
        return Reply(200, public(_known(intents, request)))

    async def search(request: Request) -> Reply:
        label = _LABEL.fullmatch(request.query.get("query", ""))
        found = world.get(GATEWAY, "label", label[1]) if label else None
        intent = intents.get(found["intent"]) if found else None
        data = [public(intent)] if intent else []
        url = "/v1/payment_intents/search"
        return Reply(200, {"object": "search_result", "url": url, "has_more": False, "next_page": None, "data": data})

    async def capture(request: Request) -> Reply:
        intent = _known(intents, request)
        if intent["status"] != "requires_capture":
            return _unexpected(intent, "capture")
        amount = int(request.form().get("amount_to_capture") or intent["amount_capturable"])
        if not 0 < amount <= intent["amount_capturable"]:
            return error(400, "amount_too_large", "More than can be captured.")
        world.count(GATEWAY, "capture", intent["id"])
        intents.take(intent, amount)
        return Reply(200, public(intent))

    async def cancel(request: Request) -> Reply:
        intent = _known(intents, request)
        if intent["status"] in {"succeeded", "canceled", "processing"}:
            return _unexpected(intent, "cancel")
        intents.give_up(intent, request.form().get("cancellation_reason", ""))
        return Reply(200, public(intent))

    async def balance(_: Request) -> Reply:
        return Reply(200, {"object": "balance", "available": [], "pending": [], "livemode": False})

    async def customer(_: Request) -> Reply:
        return Reply(200, {"id": f"cus_{chance.token_hex(7)}", "object": "customer", "livemode": False})

    private = [
        route("POST", "/v1/payment_intents", create),
        route("GET", "/v1/payment_intents/search", search),
        route("GET", "/v1/payment_intents/(?P<id>[^/]+)", read),
        route("POST", "/v1/payment_intents/(?P<id>[^/]+)/capture", capture),
        route("POST", "/v1/payment_intents/(?P<id>[^/]+)/cancel", cancel),
        route("GET", "/v1/balance", balance),
        route("POST", "/v1/customers", customer),
        *saving(world),
    ]
    guarded = [Route(one.method, one.pattern, _guarded(world, one.handler)) for one in private]
    return [*guarded, *tokenizer(world, GATEWAY), *consent.pages(intents.payer_answers)]


async def _created(world: World, intents: Intents, request: Request) -> Reply:
    form = request.form()
    amount = int(form["amount"])
    if amount < _LEAST:
        return error(400, "amount_too_small", "Amount must be at least 50.", param="amount")
    kind = form["payment_method_types[0]"]
    token = form.get("payment_method") or form.get("payment_method_data[card][token]", "")
    card = behind(world, GATEWAY, token) if kind == "card" else None
    if kind == "card" and card is None:
        return error(400, "resource_missing", f"No such token: '{token}'", param="payment_method_data[card][token]")
    intent = intents.put(_fresh(form, amount, kind))
    if label := intent["metadata"].get("bursar_payment"):
        world.put(GATEWAY, "label", label, {"intent": intent["id"]})
    world.count(GATEWAY, "charge", intent["metadata"].get("bursar_payment", intent["id"]))
    page = consent.url_of(request, GATEWAY, intent["id"])
    if kind == "customer_balance":
        intents.wait_for_transfer(intent)
    elif card is None:
        intents.wait_for_payer(intent, page)
    elif code := intents.confirm(intent, card, page):
        told = intent["last_payment_error"]
        return error(402, told["code"], told["message"], kind="card_error", decline_code=code, payment_intent=public(intent))
    if card is not None and card.does == "silent":
        await asyncio.sleep(world.dial.silent_for)
    return Reply(200, public(intent))


def _fresh(form: dict[str, str], amount: int, kind: str) -> Intent:
    identity = f"pi_3{chance.token_hex(11)}"
    metadata = {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}
    return {
        "id": identity,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": form.get("capture_method", "automatic"),
        "client_secret": f"{identity}_secret_{chance.token_hex(12)}",
        "confirmation_method": "automatic",
        "created": int(time.time()),
        "currency": form["currency"],
        "customer": form.get("customer"),
        "description": form.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": metadata,
        "next_action": None,
        "payment_method": form.get("payment_method"),
        "payment_method_types": [kind],
        "status": "requires_confirmation",
        "_return_url": form.get("return_url", ""),
    }


def _guarded(world: World, handler: Callable[[Request], Awaitable[Reply]]) -> Callable[[Request], Awaitable[Reply]]:
    """The secret key, and for a POST the idempotency key."""

    async def answer(request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {world.secrets[GATEWAY]['secret_key']}":
            return error(401, "", "Invalid API Key provided")
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        if not key:
            return await handler(request)
        asked = hashlib.sha256(request.path.encode() + request.raw).hexdigest()
        kept = world.get(GATEWAY, "idempotency", key)
        if kept is None:
            # The key stands before the work is done, so a twin that comes meanwhile is told to wait.
            world.put(GATEWAY, "idempotency", key, {"asked": asked, "status": 0})
            try:
                reply = await handler(request)
            except Refused as refused:
                reply = refused.reply
            world.put(GATEWAY, "idempotency", key, {"asked": asked, "status": reply.status, "body": json.loads(reply.content())})
            return reply
        if kept["asked"] != asked:
            return error(400, "", "Keys can only be used with the same parameters.", kind="idempotency_error")
        if not kept["status"]:
            return error(409, "idempotency_key_in_use", "Another request with this key is under way.")
        return Reply(kept["status"], kept["body"], {"idempotent-replayed": "true"})

    return answer


def _known(intents: Intents, request: Request) -> Intent:
    intent = intents.get(request.named["id"])
    if intent is None:
        raise Refused(error(404, "resource_missing", "No such payment_intent", param="intent"))
    return intent


def _unexpected(intent: Intent, what: str) -> Reply:
    words = f"This PaymentIntent can't {what} because it has a status of {intent['status']}."
    return error(400, "payment_intent_unexpected_state", words, payment_intent=public(intent))
