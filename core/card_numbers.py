"""Card numbers have no place in our own API: cards become tokens at the gateway, and a number that comes here is refused.

A card number is 13 to 19 digits, with or without spaces and dashes, that begin as some network's cards do (its IIN), are as many
as that network's cards have, and satisfy Luhn. It is looked for in every text, number and key, however deep.
"""

import re
from collections.abc import Iterator
from typing import Any

from stdnum import luhn

from core.errors import Invalid


class CardNumberRefused(Invalid):
    """Card numbers are not taken here: send the token that the gateway's card form returns."""

    code = "card_number_refused"


_NETWORKS: list[tuple[str, set[int]]] = [
    (r"4", {13, 16, 18, 19}),  # Visa
    (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", {16}),  # Mastercard
    (r"3[47]", {15}),  # American Express
    (r"6011|64[4-9]|65", set(range(16, 20))),  # Discover, RuPay
    (r"30[0-5]|3095|36|3[89]", set(range(14, 20))),  # Diners Club
    (r"35(?:2[89]|[3-8])", set(range(16, 20))),  # JCB
    (r"62|81", set(range(16, 20))),  # UnionPay, RuPay
    (r"60|82|508", {16}),  # RuPay
    (r"50(?:6[01]|78)|6500", {16, 18, 19}),  # Verve
    (r"5018|5020|5038|5[678]|6304|67", set(range(13, 20))),  # Maestro
    (r"220[0-4]", set(range(16, 20))),  # Mir
    (r"9792", {16}),  # Troy
]
_IIN = [(re.compile(begins), lengths) for begins, lengths in _NETWORKS]
_DASHES = "\u2010-\u2015\u2212\\-"
_RUN = re.compile(rf"\d(?:[\s{_DASHES}]{{0,3}}\d){{12,}}")
_LIKELY = re.compile(r"(?<!\d)[2-6]\d(?:[ -]?\d){11,17}(?!\d)")
HIDDEN = "•••"
_GROUP = re.compile(r"\d+")
# What happens to hold digits in a row without being a number: a UUID, and a digest in hex.
_HEX = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?=[0-9a-f]*[a-f])[0-9a-f]{32,}\b", re.IGNORECASE
)


def holds_card_number(text: str) -> bool:
    """Does some card number stand in this text?"""
    return any(_is_card_number(number) for run in _RUN.findall(_HEX.sub(" ", text)) for number in _numbers(_GROUP.findall(run)))


def refuse_card_numbers(value: Any, at: str = "") -> None:
    """Raises CardNumberRefused, which names the field and never what stands in it."""
    match value:
        case dict():
            for name, inner in value.items():
                refuse_card_numbers(name, at)
                refuse_card_numbers(inner, f"{at}.{name}" if at else name)
        case list():
            for index, inner in enumerate(value):
                refuse_card_numbers(inner, f"{at}[{index}]")
        case bool() | None:
            return
        case _ if holds_card_number(str(value)):
            raise CardNumberRefused(fields={at or "non_field_errors": ["This looks like a card number."]})


def without_card_numbers(text: str) -> str:
    """The text with what may be a card number cut to its last four digits. What hides may err; what refuses must not.

    So any network's first digit will do here, and the networks known by name are looked for behind that.
    """
    return _RUN.sub(_cut, _LIKELY.sub(_cut_if_likely, text))


def _cut_if_likely(found: re.Match[str]) -> str:
    return HIDDEN + found[0][-4:] if luhn.is_valid("".join(_GROUP.findall(found[0]))) else found[0]


def _cut(run: re.Match[str]) -> str:
    groups = _GROUP.findall(run[0])
    return HIDDEN + "".join(groups)[-4:] if any(_is_card_number(number) for number in _numbers(groups)) else run[0]


def _numbers(groups: list[str]) -> Iterator[str]:
    """Each row of neighbouring groups that has as many digits as a card number may."""
    for start in range(len(groups)):
        digits = ""
        for group in groups[start:]:
            digits += group
            if len(digits) > 19:
                break
            if len(digits) >= 13:
                # Digits of another script are digits too.
                yield "".join(str(int(digit)) for digit in digits)


def _is_card_number(number: str) -> bool:
    return any(len(number) in lengths and begins.match(number) for begins, lengths in _IIN) and bool(luhn.is_valid(number))
