"""Phone numbers: one spelling for each, and a digest that finds it among encrypted ones."""

import re

from django.conf import settings

from core.crypto import keyed_digest
from core.errors import Invalid

_LONGER_THAN_AMOUNTS = 9
_DIALLED = re.compile(r"\+?[0-9 ().-]{5,25}", re.ASCII)


class InvalidPhone(Invalid):
    """No phone has such a number."""

    code = "invalid_phone"


def e164(text: str) -> str:
    """`0712 345678`, `712345678`, `254712345678` and `+254712345678` as `+254712345678`. Raises InvalidPhone.

    A number without its country code is read as one of SCHOOL_COUNTRY.
    """
    import phonenumbers  # 19 MB of every process that would import it with the module, and few ever meet a phone number

    try:
        if not _DIALLED.fullmatch(text):
            raise InvalidPhone
        number = phonenumbers.parse(text, settings.SCHOOL_COUNTRY)
    except phonenumbers.NumberParseException as unreadable:
        raise InvalidPhone from unreadable
    if not phonenumbers.is_possible_number(number):
        raise InvalidPhone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def reads_as_phone(text: str) -> bool:
    """Does somebody who types this mean a phone? Seven or eight digits that begin with no 0 and no + are an amount or a day."""
    if not text.strip().startswith(("0", "+", "(")) and sum(c.isdigit() for c in text) < _LONGER_THAN_AMOUNTS:
        return False
    try:
        e164(text.strip())
    except InvalidPhone:
        return False
    return True


def without_phone(text: str) -> str:
    """`phone …678` for a phone number, else the text itself: for rows that can't be taken back."""
    return f"phone …{''.join(c for c in text if c.isdigit())[-3:]}" if reads_as_phone(text) else text


def phone_digest(number: str) -> bytes:
    """What stands beside an encrypted E.164 number, for exact search."""
    return keyed_digest("phone", number)
