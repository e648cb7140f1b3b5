"""What staff type into a search, read as what they mean by it."""

import re
from typing import NamedTuple

from django.conf import settings

from core.errors import BursarError
from core.money import CURRENCIES, to_minor

_AMOUNT = re.compile(
    r"(?P<before>[a-z]{3})? ?(?P<number>\d+|\d{1,3}(?:[, ]\d{3})+)(?P<decimals>\.\d{1,4})? ?(?P<after>[a-z]{3})?", re.ASCII
)
_SPACES = re.compile(r"\s+")


class Amount(NamedTuple):
    """Minor units of a currency."""

    minor: int
    currency: str


def amount_in(term: str) -> Amount | None:
    """`1500`, `1,500.00 KES`, `kes 1 500`: an amount, in the school's currency unless another is named. None for what is none."""
    found = _AMOUNT.fullmatch(_SPACES.sub(" ", term).strip().lower())
    if found is None or (found["before"] and found["after"]):
        return None
    currency = (found["before"] or found["after"] or settings.SCHOOL_CURRENCY).upper()
    if currency not in CURRENCIES:
        return None
    digits = found["number"].replace(",", "").replace(" ", "") + (found["decimals"] or "")
    try:
        return Amount(to_minor(digits, currency), currency)
    except BursarError:
        # A fraction of a cent, or more than the books carry: nothing has such an amount.
        return None
