"""The card tokenizer: browsers send a card and get a token, so no card number ever reaches the product; none is kept here either.

Magic cards, any other that satisfies Luhn succeeds, `4242424242424241` and whatever does not satisfy it is no card:

4242424242424242 4111111111111111 5555555555554444 378282246310005 6527658900001005 ……… succeed
4000000000000002 declined            4000000000009995 insufficient funds     4000000000009987 lost
4000000000009979 stolen              4000000000000069 expired                4000000000000127 wrong CVC
4000000000000119 processing error    4000000000000341 can be kept, and its charge is declined
4000002500003155 3-D Secure: the payer answers on the page        4000002760003184 3-D Secure: the payer confirms after a while
4000008260003178 3-D Secure: the payer confirms, and has no funds 4000000000006009 processed slowly, then succeeds
4000000000006017 never answered      4000000000006025 succeeds, and the answer to our call never comes
4100280000060003 declined            4100280000080001 insufficient funds     4100280000070002 cancelled by the payer
4100280000090000 timed out
"""

import re
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.far.http import Reply, Request, Route, route
from sandbox.far.world import World

MAGIC = {
    "4000000000000002": "generic_decline",
    "4000000000009995": "insufficient_funds",
    "4000000000009987": "lost_card",
    "4000000000009979": "stolen_card",
    "4000000000000069": "expired_card",
    "4000000000000127": "incorrect_cvc",
    "4000000000000119": "processing_error",
    "4000000000000341": "charge_declined",
    "4000002500003155": "3ds",
    "4000002760003184": "3ds_confirms",
    "4000008260003178": "3ds_no_funds",
    "4000000000006009": "slow",
    "4000000000006017": "never",
    "4000000000006025": "silent",
    "4100280000060003": "generic_decline",
    "4100280000080001": "insufficient_funds",
    "4100280000070002": "cancelled",
    "4100280000090000": "timed_out",
}
READY_MADE = {
    "tok_visa": "4242424242424242",
    "tok_mastercard": "5555555555554444",
    "tok_chargeDeclined": "4000000000000002",
    "tok_chargeDeclinedInsufficientFunds": "4000000000009995",
    "tok_threeDSecure2Required": "4000002500003155",
    "tok_slow": "4000000000006009",
}
"""Tokens that need no browser. Unlike those that a browser gets they may be used any number of times."""
_ANYWHERE = {"access-control-allow-origin": "*", "access-control-allow-headers": "authorization, content-type"}
_DIGITS = re.compile(r"[0-9]{13,19}")


@dataclass(frozen=True, slots=True)
class Card:
    """What is kept of a card: what may be seen of it, and how it will behave."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    does: str = "succeeds"


def card_of(number: str, month: int, year: int) -> Card | str:
    """The card, or the code of why there is none."""
    if not _DIGITS.fullmatch(number) or not _satisfies_luhn(number):
        return "incorrect_number"
    today = datetime.now(UTC)
    if not 1 <= month <= 12 or (year, month) < (today.year, today.month):
        return "invalid_expiry_month" if not 1 <= month <= 12 else "invalid_expiry_year"
    return Card(_brand(number), number[-4:], month, year, MAGIC.get(number, "succeeds"))


def tokenizer(world: World, gateway: str) -> list[Route]:
    """`POST /v1/tokens`, for browsers only: `card[number]`, `card[exp_month]`, `card[exp_year]`, `card[cvc]` as a form."""

    async def allow(_: Request) -> Reply:
        return Reply(204, b"", _ANYWHERE)

    async def make(request: Request) -> Reply:
        form = request.form()
        number = re.sub(r"[ -]", "", form.get("card[number]", ""))
        year = int(form.get("card[exp_year]", "0"))
        card = card_of(number, int(form.get("card[exp_month]", "0")), year if year >= 100 else 2000 + year)
        if isinstance(card, str):
            words = {"type": "card_error", "code": card, "message": "Your card is not right.", "param": "number"}
            return Reply(402, {"error": words}, _ANYWHERE)
        token = f"tok_{secrets.token_hex(12)}"
        keep(world, gateway, token, card)
        return Reply(200, {"id": token, "object": "token", "type": "card", "used": False, "card": shown(card)}, _ANYWHERE)

    return [route("POST", "/v1/tokens", make), route("OPTIONS", "/v1/tokens", allow)]


def shown(card: Card) -> dict[str, Any]:
    return {name: value for name, value in asdict(card).items() if name != "does"}


def keep(world: World, gateway: str, token: str, card: Card) -> None:
    world.put(gateway, "token", token, asdict(card))


def behind(world: World, gateway: str, token: str) -> Card | None:
    """The card of a token, None for one that nobody was given."""
    if token in READY_MADE:
        made = card_of(READY_MADE[token], 12, datetime.now(UTC).year + 4)
        return made if isinstance(made, Card) else None
    kept = world.get(gateway, "token", token)
    return Card(**kept) if kept else None


def _satisfies_luhn(number: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(digit - 9 * (digit > 9) for digit in doubled) % 10 == 0


def _brand(number: str) -> str:
    two, four = int(number[:2]), int(number[:4])
    if number[0] == "4":
        return "visa"
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return "mastercard"
    if two in {34, 37}:
        return "amex"
    if two in {60, 65} or 81 <= two <= 89:
        return "rupay"
    return "unknown"
