"""Cards that are kept: SetupIntents, and the payment methods they leave behind."""

import secrets as chance
from typing import Any

from sandbox.far.cards import Card, behind, keep, shown
from sandbox.far.http import Reply, Request, Route, route
from sandbox.far.world import World

GATEWAY = "stripe"
_REFUSED_AT_ONCE = {
    "generic_decline",
    "insufficient_funds",
    "lost_card",
    "stolen_card",
    "expired_card",
    "incorrect_cvc",
    "processing_error",
}


def saving(world: World) -> list[Route]:
    async def set_up(request: Request) -> Reply:
        form = request.form()
        card = behind(world, GATEWAY, form.get("payment_method_data[card][token]", ""))
        if card is None:
            return error(400, "resource_missing", "No such token")
        if card.does in _REFUSED_AT_ONCE:
            return error(402, "card_declined", "Your card was declined.", kind="card_error", decline_code=card.does)
        method = _kept(world, card, form.get("customer"))
        intent = {
            "id": f"seti_1{chance.token_hex(11)}",
            "object": "setup_intent",
            "client_secret": f"seti_secret_{chance.token_hex(8)}",
            "customer": form.get("customer"),
            "livemode": False,
            "next_action": None,
            "payment_method": method["id"],
            "status": "succeeded",
            "usage": form.get("usage", "off_session"),
        }
        world.put(GATEWAY, "setup", intent["id"], intent)
        return Reply(200, intent | ({"payment_method": method} if "expand[0]" in form else {}))

    async def method(request: Request) -> Reply:
        kept = world.get(GATEWAY, "method", request.named["id"])
        return Reply(200, kept) if kept else error(404, "resource_missing", "No such PaymentMethod")

    async def detach(request: Request) -> Reply:
        kept = world.get(GATEWAY, "method", request.named["id"])
        if kept is None or kept["customer"] is None:
            return error(400, "resource_missing", "No such PaymentMethod, or it belongs to nobody")
        world.put(GATEWAY, "method", kept["id"], kept | {"customer": None})
        return Reply(200, kept | {"customer": None})

    return [
        route("POST", "/v1/setup_intents", set_up),
        route("GET", "/v1/payment_methods/(?P<id>[^/]+)", method),
        route("POST", "/v1/payment_methods/(?P<id>[^/]+)/detach", detach),
    ]


def _kept(world: World, card: Card, customer: str | None) -> dict[str, Any]:
    identity = f"pm_1{chance.token_hex(11)}"
    keep(world, GATEWAY, identity, card)  # a kept card is charged by this name
    method = {"id": identity, "object": "payment_method", "type": "card", "card": shown(card), "customer": customer}
    world.put(GATEWAY, "method", identity, method)
    return method


def error(status: int, code: str, message: str, *, kind: str = "invalid_request_error", **more: Any) -> Reply:
    """A refusal in Stripe's shape."""
    return Reply(status, {"error": {"type": kind, **({"code": code} if code else {}), "message": message, **more}})
