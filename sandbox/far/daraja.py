"""Daraja's far side: log-in, prompts, and how they stand. Phones that behave in some way stand in `daraja_payers`.

Wire format: Daraja's documents of Authorization, M-Pesa Express and its query. A new token puts an end to the one before it;
a prompt has no idempotency key, so two requests are two prompts.
"""

import base64
import hashlib
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from sandbox.far.daraja_errors import FORBIDDEN, error
from sandbox.far.daraja_payers import payer
from sandbox.far.daraja_tills import confirm, tills
from sandbox.far.http import Handler, Reply, Request, Route, route
from sandbox.far.world import Callback, World
from sandbox.mpesa.bodies import DESCRIPTIONS, paid_items, stk_callback

GATEWAY = "mpesa"
TOKEN_LASTS = 3599
_PHONE = re.compile(r"254(7|1)[0-9]{8}", re.ASCII)
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def routes(world: World) -> Sequence[Route]:
    """The routes, and what falls due later."""
    world.teach(GATEWAY, "answer_prompt", partial(_answer_prompt, world))
    return [
        route("GET", "/oauth/v1/generate", partial(_log_in, world)),
        route("POST", "/mpesa/stkpush/v1/processrequest", _let_in(world, _push)),
        route("POST", "/mpesa/stkpushquery/v1/query", _let_in(world, _query)),
        *(route("POST", pattern, _let_in(world, handler)) for pattern, handler in tills(receipt).items()),
    ]


def receipt(world: World) -> str:
    """Ten letters and digits, unlike any that this or another far side has given before."""
    number = int(time.time() * 1000) * 36**2 + world.count(GATEWAY, "receipt") % 36**2
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _LETTERS[digit] + text
    return text


async def _log_in(world: World, request: Request) -> Reply:
    ours = world.secrets[GATEWAY]
    expected = base64.b64encode(f"{ours['consumer_key']}:{ours['consumer_secret']}".encode()).decode()
    if request.query.get("grant_type") != "client_credentials":
        raise error(400, "400.008.02", "Invalid grant type passed")
    if request.headers.get("authorization") != f"Basic {expected}":
        return Reply(400, b"")
    times = world.count(GATEWAY, "log_in")
    token = hashlib.sha256(f"{time.time_ns()}:{times}".encode()).hexdigest()[:28]
    world.put(GATEWAY, "token", "current", {"text": token, "until": time.time() + TOKEN_LASTS})
    return Reply(200, {"access_token": token, "expires_in": str(TOKEN_LASTS)})


def _let_in(world: World, handler: Any) -> Handler:
    async def guarded(request: Request) -> Reply:
        current = world.get(GATEWAY, "token", "current") or {"text": "", "until": 0}
        if request.headers.get("authorization") != f"Bearer {current['text']}" or time.time() > current["until"]:
            raise error(404, "404.001.03", "Invalid Access Token")
        answered: Reply = await handler(world, request.json())
        return answered

    return guarded


async def _push(world: World, asked: dict[str, Any]) -> Reply:
    _check(world, asked)
    phone, path = asked["PhoneNumber"], urlsplit(asked["CallBackURL"]).path
    if payer(phone).at_once:
        raise error(500, "500.001.1001", DESCRIPTIONS[payer(phone).code])
    number, now = world.count(GATEWAY, "stk_push"), datetime.now(UTC)
    checkout = f"ws_CO_{now:%d%m%Y%H%M%S}{now.microsecond:06}{number % 1000:03}{phone}"
    prompt = {
        "checkout": checkout,
        "merchant": f"{number % 90000 + 10000}-{time.time_ns() // 1000 % 10**10}-1",
        "shortcode": str(asked["BusinessShortCode"]),
        "amount_minor": int(asked["Amount"]) * 100,
        "phone": phone,
        "reference": asked["AccountReference"],
        "path": path,
        "code": "",
    }
    world.put(GATEWAY, "prompt", checkout, prompt)
    if payer(phone).code:
        world.later(payer(phone).after, GATEWAY, "answer_prompt", {"checkout": checkout})
    accepted = "Success. Request accepted for processing"
    return Reply(
        200,
        {
            "MerchantRequestID": prompt["merchant"],
            "CheckoutRequestID": checkout,
            "ResponseCode": "0",
            "ResponseDescription": accepted,
            "CustomerMessage": accepted,
        },
    )


def _check(world: World, asked: dict[str, Any]) -> None:
    """Refuse what Daraja refuses, in its words."""
    url = urlsplit(str(asked.get("CallBackURL")))
    amount, reference, text = asked.get("Amount"), asked.get("AccountReference"), asked.get("TransactionDesc")
    _check_password(world, asked)
    for is_good, what in [
        (isinstance(amount, int) and not isinstance(amount, bool) and 1 <= amount <= 250_000, "Amount"),
        (bool(_PHONE.fullmatch(str(asked.get("PhoneNumber")))), "PhoneNumber"),
        (asked.get("PartyA") == asked.get("PhoneNumber"), "PartyA"),
        (bool(url.netloc) and not FORBIDDEN.search(url.netloc + url.path), "CallBackURL"),
        (isinstance(reference, str) and 0 < len(reference) <= 12, "AccountReference"),
        (isinstance(text, str) and 0 < len(text) <= 13, "TransactionDesc"),
        (asked.get("TransactionType") in {"CustomerPayBillOnline", "CustomerBuyGoodsOnline"}, "TransactionType"),
    ]:
        if not is_good:
            raise error(400, "400.002.02", f"Bad Request - Invalid {what}")


def _check_password(world: World, asked: dict[str, Any]) -> None:
    ours = world.secrets[GATEWAY]
    stamp = str(asked.get("Timestamp"))
    if str(asked.get("BusinessShortCode")) != ours["shortcode"]:
        raise error(500, "500.001.1001", "Merchant does not exist")
    expected = base64.b64encode(f"{ours['shortcode']}{ours['passkey']}{stamp}".encode()).decode()
    if not re.fullmatch("[0-9]{14}", stamp) or asked.get("Password") != expected:
        raise error(500, "500.001.1001", "[MerchantValidate] - Wrong credentials")


async def _query(world: World, asked: dict[str, Any]) -> Reply:
    _check_password(world, asked)
    prompt = world.get(GATEWAY, "prompt", str(asked.get("CheckoutRequestID")))
    if prompt is None:
        raise error(400, "400.002.02", "Bad Request - Invalid CheckoutRequestID")
    if not prompt["code"]:
        raise error(500, "500.001.1001", "The transaction is being processed")
    return Reply(
        200,
        {
            "ResponseCode": "0",
            "ResponseDescription": "The service request has been accepted successfully",
            "MerchantRequestID": prompt["merchant"],
            "CheckoutRequestID": prompt["checkout"],
            "ResultCode": prompt["code"],
            "ResultDesc": DESCRIPTIONS.get(prompt["code"], "Unknown"),
        },
    )


async def _answer_prompt(world: World, due: dict[str, Any]) -> None:
    """The payer has answered, or time has: the truth first, then what is told of it."""
    prompt = world.get(GATEWAY, "prompt", due["checkout"])
    if prompt is None or prompt["code"]:
        return
    here, now = payer(prompt["phone"]), datetime.now(UTC)
    name = f"stk:{prompt['reference']}:{prompt['phone']}:{prompt['amount_minor']}"
    items: dict[str, Any] | None = None
    if here.code == "0":
        paid = receipt(world)
        world.note_paid(GATEWAY, paid, ours=prompt["reference"], amount_minor=prompt["amount_minor"], currency="KES")
        told = prompt["amount_minor"] + (100 if world.lies_about_amount(name) else 0)
        items = paid_items(told, paid, prompt["phone"], now) if here.names else None
        confirm(world, prompt["shortcode"], paid, prompt["amount_minor"], prompt["reference"], now)
    world.put(GATEWAY, "prompt", prompt["checkout"], prompt | {"code": here.code})
    if here.tells:
        body = stk_callback(prompt["merchant"], prompt["checkout"], here.code, items)
        world.tell(Callback(name, prompt["path"], body))
