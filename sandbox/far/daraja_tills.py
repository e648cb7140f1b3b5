"""Daraja's tills: where it asks and reports about money that comes unasked, and a payer who sends some.

A till that is registered is told of every payment to it, so of answered prompts, too: their second voice, with the same receipt.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.far.daraja_errors import FORBIDDEN, error
from sandbox.far.http import Reply
from sandbox.far.world import Callback, World
from sandbox.mpesa.bodies import c2b

GATEWAY = "mpesa"
Handling = Callable[[World, dict[str, Any]], Awaitable[Reply]]


def tills(receipt: Callable[[World], str]) -> dict[str, Handling]:
    """Paths and what answers them; `receipt` makes the next one."""

    async def simulate(world: World, asked: dict[str, Any]) -> Reply:
        """Somebody pays into the till: `{ShortCode, CommandID, Amount, Msisdn, BillRefNumber}`."""
        shortcode, amount_minor = str(asked["ShortCode"]), int(asked["Amount"]) * 100
        till = world.get(GATEWAY, "till", shortcode)
        if till is None:
            raise error(400, "400.002.02", "Bad Request - Invalid ShortCode")
        paid, bill, now = receipt(world), str(asked.get("BillRefNumber", "")), datetime.now(UTC)
        status, said = await world.ask(till["validation"], c2b(shortcode, paid, amount_minor, bill, now))
        if _lets_pay(status, said, till["default"]):
            world.note_paid(GATEWAY, paid, ours=bill, amount_minor=amount_minor, currency="KES")
            confirm(world, shortcode, paid, amount_minor, bill, now)
        return Reply(200, _accepted("Accept the service request successfully."))

    return {"/mpesa/c2b/v2/registerurl": _register, "/mpesa/c2b/v2/simulate": simulate}


def confirm(world: World, shortcode: str, paid: str, amount_minor: int, bill: str, at: datetime) -> None:
    """Tell a registered till of a payment; the others hear nothing."""
    till = world.get(GATEWAY, "till", shortcode)
    if till:
        body = c2b(shortcode, paid, amount_minor, bill, at, balance="481250.00")
        world.tell(Callback(f"c2b:{bill}:{amount_minor}", till["confirmation"], body))


async def _register(world: World, asked: dict[str, Any]) -> Reply:
    shortcode = str(asked["ShortCode"])
    if world.get(GATEWAY, "till", shortcode):
        raise error(500, "500.003.1001", "Urls are already registered.")
    paths = {}
    for field in ("ConfirmationURL", "ValidationURL"):
        url = urlsplit(str(asked.get(field)))
        if not url.netloc or FORBIDDEN.search(url.netloc + url.path):
            raise error(400, "400.003.02", f"Bad Request - Invalid {field}")
        paths[field.removesuffix("URL").lower()] = url.path
    if asked.get("ResponseType") not in {"Completed", "Cancelled"}:
        raise error(400, "400.003.02", "Bad Request - Invalid ResponseType")
    world.put(GATEWAY, "till", shortcode, paths | {"default": asked["ResponseType"]})
    return Reply(200, _accepted("Success"))


def _accepted(description: str) -> dict[str, str]:
    # The first key is misspelt on the wire, too.
    return {"OriginatorCoversationID": "7619-37765134-1", "ResponseCode": "0", "ResponseDescription": description}


def _lets_pay(status: int, said: bytes, default: str) -> bool:
    """What the till's owner says counts; without an answer, what was registered."""
    try:
        answer = json.loads(said) if status == 200 else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return default == "Completed"
    return str(answer.get("ResultCode")) == "0"
