"""Raw gateway bodies, made readable for those who may read them. Card numbers and secrets stay out of sight all the same."""

import json
import re
from typing import Any

from core.card_numbers import HIDDEN, without_card_numbers
from core.crypto import keyring
from core.errors import Tampered, UnknownKey

LONGEST = 60_000
_SECRET = re.compile(r"pass(word|code|key)|secret|token|authorization|signature|cvv|cvc|\bpin\b|credential", re.IGNORECASE)
_CARD = re.compile(r"card|\bpan\b|account_?number", re.IGNORECASE)


def open_sealed(sealed: bytes | memoryview) -> str:
    """What the gateway sent, laid out. Says so in words when it can't be opened."""
    try:
        return readable(keyring().open(sealed))
    except (Tampered, UnknownKey) as closed:
        return f"The stored body can't be opened: {closed.detail}"


def readable(raw: bytes) -> str:
    """A JSON body indented, anything else as text."""
    try:
        # Numbers stay spelled as they came: 50000.00 is what the gateway wrote, and is what staff should see.
        body = json.loads(raw, parse_float=_Spelled, parse_int=_Spelled, parse_constant=_Spelled)
        shown = json.dumps(_masked(body), indent=2, ensure_ascii=False, default=str)
        shown = re.sub(rf'"{_MARK}([^"]*){_MARK}"', r"\1", shown)
    except (ValueError, RecursionError):
        shown = without_card_numbers(raw.decode("utf-8", "replace"))
    # JSON may spell half a character, which no page can be written with.
    shown = shown.encode("utf-8", "replace").decode()
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}\n… {len(shown) - LONGEST:,} characters more"


_MARK = "\u2060"


def _Spelled(number: str) -> str:  # noqa: N802 - it stands where a type would
    return f"{_MARK}{number}{_MARK}"


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _masked(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, name) for inner in value]
    if not isinstance(value, str) or not value:
        return value
    if _SECRET.search(name):
        return HIDDEN
    if _CARD.search(name) and sum(character.isdigit() for character in value) > 8:
        return HIDDEN + re.sub(rf"[\s{_MARK}-]", "", value)[-4:]
    return without_card_numbers(value)
