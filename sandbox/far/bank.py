"""The bank's far side. It has no public wire format, so this is the contract that `payments.gateways.bank` keeps, too:

* `POST /transactions {transaction_id, kind: "deposit", amount, currency, reference, callback_url, signature}`, `amount` in minor
  units; answers 202 with what GET answers. A known `transaction_id` is not carried out again: the answer says how it stands.
* `GET /transactions/{transaction_id}` with the signature of `{"transaction_id": …}` in `X-Signature`; answers 200 with `status`
  processing, success or failed, and with `bank_reference` and `error_message` where there are some; 404 for one it never got.
* Bodies are signed as callbacks are. Errors are `{"error": {"code", "message"}}`: 401 bad_signature, 400 invalid_request,
  402 insufficient_funds, 409 another_body; 503 system_unavailable has certainly done nothing, 504 timeout may have done it.

After 2 to 10 seconds it decides and calls back. Amounts that end in these cents behave so; every other succeeds:

| cents | what happens |
| --- | --- |
| 91 | refused when asked: insufficient_funds |
| 92 | refused when asked: invalid_request |
| 93 | carried out, and answered with 504 timeout |
| 94 | 503 system_unavailable, twice; then carried out |
| 95 | fails later: Insufficient funds |
| 96 | never decides: no callback, processing for ever |
| 97 | succeeds, and the callback never comes |
| 98 | a status word that nobody knows in the callback; the query says success |
| 99 | succeeds nine times out of ten, by seed |
"""

import hmac
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from sandbox.bank.bodies import callback, signature, signed
from sandbox.far.dial import drawn
from sandbox.far.http import Refused, Reply, Request, Route, route
from sandbox.far.world import Callback, World

GATEWAY = "bank"
SUCCEED = 0.9
_LATER_FAILURES = ("timeout", "system_unavailable", "Insufficient funds", "invalid_request")


def routes(world: World) -> Sequence[Route]:
    """The routes, and what falls due later."""
    world.teach(GATEWAY, "decide", partial(_decide, world))
    return [
        route("POST", "/transactions", partial(_take, world)),
        route("GET", "/transactions/(?P<number>[0-9]+)", partial(_tell_how_it_stands, world)),
    ]


def refused(status: int, code: str, message: str) -> Refused:
    return Refused(Reply(status, {"error": {"code": code, "message": message}}))


async def _take(world: World, request: Request) -> Reply:
    asked = request.json()
    _check_signature(world, asked, asked.get("signature"))
    number, amount, cents = asked.get("transaction_id"), asked.get("amount"), _cents(asked.get("amount"))
    if not isinstance(number, int) or cents is None or asked.get("kind") != "deposit" or cents == 92:
        raise refused(400, "invalid_request", "The transaction can't be read.")
    if cents == 91:
        raise refused(402, "insufficient_funds", "Insufficient funds")
    if cents == 94 and world.count(GATEWAY, "unavailable", str(number)) <= 2:
        raise refused(503, "system_unavailable", "The system is unavailable. Nothing was done.")
    known = world.get(GATEWAY, "transaction", str(number))
    if known is not None:
        if known["amount"] != amount or known["currency"] != asked["currency"]:
            raise refused(409, "another_body", "This transaction_id was used for something else.")
        return Reply(200, _shown(known))
    transaction = {
        "number": number,
        "amount": amount,
        "currency": str(asked["currency"]),
        "reference": str(asked.get("reference", "")),
        "path": urlsplit(str(asked["callback_url"])).path,
        "status": "processing",
        "bank_reference": "",
        "error": "",
    }
    world.put(GATEWAY, "transaction", str(number), transaction)
    world.count(GATEWAY, "deposit", str(number))
    if cents != 96:
        pause = drawn(world.seed, "bank", transaction["reference"]).uniform(2, 10)
        world.later(pause, GATEWAY, "decide", {"number": number})
    if cents == 93:
        raise refused(504, "timeout", "The system did not answer in time.")
    return Reply(202, _shown(transaction))


async def _tell_how_it_stands(world: World, request: Request) -> Reply:
    number = request.named["number"]
    _check_signature(world, {"transaction_id": int(number)}, request.headers.get("x-signature"))
    known = world.get(GATEWAY, "transaction", number)
    if known is None:
        raise refused(404, "unknown_transaction", "There is no such transaction.")
    return Reply(200, _shown(known))


async def _decide(world: World, due: dict[str, Any]) -> None:
    """The money moves or does not; then the callback says so."""
    transaction = world.get(GATEWAY, "transaction", str(due["number"]))
    if transaction is None or transaction["status"] != "processing":
        return
    number, cents = transaction["number"], _cents(transaction["amount"])
    chance = drawn(world.seed, "decide", transaction["reference"] or number)
    error = "Insufficient funds" if cents == 95 else ""
    if cents == 99 and chance.random() >= SUCCEED:
        error = chance.choice(_LATER_FAILURES)
    # Sixty bits of the whole history, so a far side that begins anew does not give a reference out again.
    bank_reference = f"DEP-{signature(transaction, 'reference')[:12].upper()}"
    if not error:
        world.note_paid(
            GATEWAY,
            bank_reference,
            ours=transaction["reference"],
            amount_minor=transaction["amount"],
            currency=transaction["currency"],
        )
    status = "failed" if error else "success"
    world.put(
        GATEWAY,
        "transaction",
        str(number),
        transaction | {"status": status, "error": error, "bank_reference": bank_reference},
    )
    if cents == 97:
        return
    secret = world.secrets[GATEWAY]["webhook_secrets"][0]
    body = callback(number, bank_reference, error, secret)
    if cents == 98:
        fields = {"transaction_id": number, "bank_reference": bank_reference, "status": "settled", "error_message": None}
        body = signed(fields, secret)
    world.tell(Callback(f"bank:{transaction['reference'] or number}", transaction["path"], body))


def _cents(amount: object) -> int | None:
    """The last two digits of an amount in minor units; None for what is none."""
    return amount % 100 if isinstance(amount, int) and not isinstance(amount, bool) and amount > 0 else None


def _shown(transaction: dict[str, Any]) -> dict[str, Any]:
    shown = {name: transaction[name] for name in ("amount", "currency", "status")} | {"transaction_id": transaction["number"]}
    if transaction["bank_reference"]:
        shown |= {"bank_reference": transaction["bank_reference"], "error_message": transaction["error"] or None}
    return shown


def _check_signature(world: World, body: dict[str, Any], presented: object) -> None:
    expected = [signature(body, secret) for secret in world.secrets[GATEWAY]["webhook_secrets"]]
    if not any(hmac.compare_digest(one, str(presented)) for one in expected):
        raise refused(401, "bad_signature", "Invalid signature")
