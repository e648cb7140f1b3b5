"""A strict reading of JSON: one object, UTF-8, no NaN or infinity, no key twice, not too deep.

What passes can be read in one way only. Numbers are Decimals, exactly as they were written: money is never a float. Our own API
reads whole numbers as int (`whole=True`), because there a Decimal tells apart the amount that was not written as one.
"""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

MAX_DEPTH = 64
MAX_DIGITS = 1000
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


class NotStrict(ValueError):
    """The body is no strict JSON object; the message says why."""


def read_object(raw: bytes, *, whole: bool = False) -> dict[str, Any]:
    """The object, every number a Decimal, or with `whole` an int where it is written as one. Raises NotStrict."""
    if _is_too_deep(raw):
        raise NotStrict(f"nested deeper than {MAX_DEPTH}")
    try:
        value = (_decode_whole if whole else _decode)(raw.decode())
    except UnicodeDecodeError as undecodable:
        raise NotStrict("not UTF-8") from undecodable
    except json.JSONDecodeError as unreadable:
        raise NotStrict(f"not JSON: {unreadable.msg} at {unreadable.pos}") from unreadable
    if not isinstance(value, dict):
        raise NotStrict("not a JSON object")
    return value


def _is_too_deep(raw: bytes) -> bool:
    # The decoder recurses, so depth is measured before it runs; most bodies have too few brackets to bother.
    if raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH:
        return False
    depth = 0
    for match in _STRUCTURE.finditer(raw):
        token = match.group()
        if token in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif token in b"]}":
            depth -= 1
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrict("a key stands twice in one object")
    return found


def _refuse_constant(name: str) -> None:
    raise NotStrict(f"{name} is not JSON")


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError as unreadable:
        # An exponent of twenty digits is well-formed JSON, and no number that anybody can hold.
        raise NotStrict("a number is out of any range") from unreadable


def _whole(text: str) -> int:
    # Python refuses to turn more than a few thousand digits into an int, and nothing of ours has more than sixteen.
    if len(text) > MAX_DIGITS:
        raise NotStrict("a number is out of any range")
    return int(text)


def _decoder(parse_int: Callable[[str], Any]) -> Callable[[str], Any]:
    return json.JSONDecoder(
        object_pairs_hook=_unique, parse_float=_number, parse_int=parse_int, parse_constant=_refuse_constant
    ).decode


_decode, _decode_whole = _decoder(Decimal), _decoder(_whole)
