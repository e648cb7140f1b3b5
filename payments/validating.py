"""What a payer types, checked before anything is asked of a gateway: virtual payment addresses, card tokens, and cards by
their numbers where a card is entered (never on our side: a browser's tokenizer, a test's table).

Digits are the ten of ASCII: `str.isdigit` takes those of every script, and no gateway does.
"""

import re
from datetime import date

from stdnum import luhn

from core.card_numbers import holds_card_number, refuse_card_numbers
from core.errors import Invalid


class InvalidVpa(Invalid):
    """It is no virtual payment address, as in name@bank."""

    code = "invalid_vpa"


class InvalidCard(Invalid):
    """It is no card number that a network would know."""

    code = "invalid_card"


class ExpiredCard(Invalid):
    """The card has expired."""

    code = "expired_card"


class InvalidCardToken(Invalid):
    """It is no token of a card: send what the gateway's card form returned."""

    code = "invalid_card_token"


_VPA = re.compile(r"[a-zA-Z0-9._-]{1,255}@[a-zA-Z0-9]{1,64}")
_TOKEN = re.compile(r"(?:tok|token|pm|card)_[A-Za-z0-9_]{3,120}")
_CARD = re.compile(r"[0-9]{13,19}")
_MASTERCARD = tuple(str(prefix) for prefix in (*range(51, 56), *range(2221, 2721)))
_NETWORKS: tuple[tuple[str, tuple[str, ...], frozenset[int]], ...] = (
    ("amex", ("34", "37"), frozenset({15})),
    ("diners", ("300", "301", "302", "303", "304", "305", "3095", "36", "38", "39"), frozenset(range(14, 20))),
    ("discover", ("6011", "644", "645", "646", "647", "648", "649"), frozenset(range(16, 20))),
    # India's own network shares 65 with Discover; where it is taken, such a card is RuPay's.
    ("rupay", ("60", "65", "81", "82", "83", "84", "85", "86", "87", "88", "89", "508"), frozenset({16})),
    ("mastercard", _MASTERCARD, frozenset({16})),
    ("visa", ("4",), frozenset({13, 16, 18, 19})),
)


def checked_vpa(text: str) -> str:
    """The address in lower case: handles are compared without regard to it. Raises InvalidVpa."""
    if not _VPA.fullmatch(text):
        raise InvalidVpa(fields={"vpa": ["is no virtual payment address, as in name@bank"]})
    return text.lower()


def checked_card_token(text: str) -> str:
    """A gateway's token as it is. Raises CardNumberRefused for the number of a card, InvalidCardToken for anything else."""
    if holds_card_number(text):
        refuse_card_numbers(text, "card_token")
    if not _TOKEN.fullmatch(text):
        raise InvalidCardToken(fields={"card_token": ["is no token of a card"]})
    return text


def checked_card_number(text: str) -> tuple[str, str]:
    """(digits, network) of a number as people write it, with spaces or dashes. Raises InvalidCard.

    All zeros satisfy Luhn, so what belongs to no network is refused.
    """
    digits = re.sub(r"[ -]", "", text)
    network = network_of(digits) if _CARD.fullmatch(digits) and luhn.is_valid(digits) else ""
    if not network:
        raise InvalidCard(fields={"number": ["is no card number"]})
    return digits, network


def network_of(digits: str) -> str:
    """The card network that numbers begin for and are as long as, "" for none."""
    return next((name for name, begins, lengths in _NETWORKS if digits.startswith(begins) and len(digits) in lengths), "")


def check_expiry(month: int, year: int, today: date) -> None:
    """A card is good until its month has ended. Raises ExpiredCard, InvalidCard for a month that there is not."""
    if not 1 <= month <= 12:
        raise InvalidCard(fields={"exp_month": ["is 1 to 12"]})
    if (year if year >= 100 else 2000 + year, month) < (today.year, today.month):
        raise ExpiredCard(fields={"exp_month": ["is over"]})
