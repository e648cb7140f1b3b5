"""What the journey's payers want: orders in four currencies, paid in seven ways."""

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple


class Wanted(NamedTuple):
    """An order and how it is paid, as the API is told; `again` where its payer is prompted on a second phone, too."""

    order: dict[str, Any]
    payment: dict[str, Any]
    again: dict[str, Any] | None = None


WAYS: Sequence[tuple[str, dict[str, Any]]] = (
    ("KES", {"method": "mpesa"}),
    ("USD", {"method": "card", "card_token": "tok_visa"}),
    ("INR", {"method": "upi", "vpa": "success@razorpay"}),
    ("INR", {"method": "card", "card_token": "tok_visa"}),
    ("NGN", {"method": "bank_transfer", "email": "ada@example.com", "name": "Ada Obi"}),
    ("KES", {"method": "bank_transfer", "phone_number": "254708374149", "name": "Joan Zuria"}),
    ("USD", {"method": "deposit"}),
)
AGAIN_EVERY = 4
"""Of so many orders that are paid by a prompt one is prompted for twice."""


def draw(count: int, *, seed: int) -> list[Wanted]:
    """`count` payments over all the ways, the same for the same seed; amounts in whole major units."""
    chance = Random(seed)
    wanted: list[Wanted] = []
    for number in range(count):
        currency, how = WAYS[number % len(WAYS)]
        amount = chance.randint(10, 5_000) * 100
        payment, again = dict(how), None
        if payment["method"] == "mpesa":
            payment = _prompted(how, chance)
            if number // len(WAYS) % AGAIN_EVERY == AGAIN_EVERY - 1:
                again = _prompted(how, chance)
        wanted.append(Wanted({"amount": amount, "currency": currency, "receipt": f"J{number}"}, payment, again))
    chance.shuffle(wanted)
    return wanted


def _prompted(how: dict[str, Any], chance: Random) -> dict[str, Any]:
    return {**how, "phone_number": f"2547{chance.randint(10_000_000, 99_999_999)}"}
