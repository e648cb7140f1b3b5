"""UUIDv7 keys and the prefixed public ids that callers see.

A row's key is a UUIDv7, so the order of ids is the order of time. Outside, the same id is spelled with a prefix that says
what it names and 26 characters of Crockford base32 that sort the same way: `pay_01jn7k0c5whq2s8t3v4x5y6z7a`.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import uuid_utils

from core.errors import MalformedId

__all__ = ["instant_of", "lowest_id_at", "new_id", "new_id_text", "parse_public_id", "public_id"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id() -> UUID:
    """A fresh UUIDv7, monotonic within this process."""
    return UUID(int=uuid_utils.uuid7().int)


def new_id_text() -> str:
    """A fresh UUIDv7 as text, for rows that never become objects: a third of the cost."""
    return str(uuid_utils.uuid7())


def public_id(prefix: str, key: UUID | str) -> str:
    """`prefix_` and the 26 base32 characters of `key`, given as a UUID or as its usual text."""
    number = int(key.replace("-", ""), 16) if isinstance(key, str) else key.int
    # Two characters at a time: one of these is spelled for every settled payment.
    return f"{prefix}_" + "".join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])


def parse_public_id(prefix: str, text: str) -> UUID:
    """The key behind a public id. Raises MalformedId for another prefix, another length, or a foreign character."""
    head, _, tail = text.rpartition("_")
    if head != prefix or len(tail) != 26:
        raise MalformedId(f"Expected an id that starts with {prefix}_ and has 26 characters after it.")
    number = 0
    for character in tail:
        value = _VALUES.get(character)
        if value is None:
            raise MalformedId(f"{character!r} does not occur in an id.")
        number = number << 5 | value
    if number >> 128:
        raise MalformedId("The id is out of range.")
    return UUID(int=number)


def lowest_id_at(instant: datetime) -> UUID:
    """The smallest UUID whose time part is `instant` (milliseconds): the bound of a partition or of a range of time."""
    milliseconds = (instant - _EPOCH) // timedelta(milliseconds=1)
    return UUID(int=milliseconds << 80)


def instant_of(key: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=key.int >> 80)
