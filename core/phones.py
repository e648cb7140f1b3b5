"""Phone numbers: one spelling for each, and a digest that finds it among encrypted ones."""

import re

from django.conf import settings

from core.crypto import keyed_digest
from core.errors import Invalid

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


def phone_digest(number: str) -> bytes:
    """What stands beside an encrypted E.164 number, for exact search."""
    return keyed_digest("phone", number)
