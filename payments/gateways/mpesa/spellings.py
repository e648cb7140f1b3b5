"""Instants and amounts as Daraja spells them: East African time without a zone, whole shillings out and decimals back."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from core.errors import BursarError
from core.money import to_minor
from payments.evidence import Unsettleable
from payments.gateways.base import exact_minor

CURRENCY = "KES"
LEAST_MINOR, MOST_MINOR, WHOLE_MINOR = 1_00, 250_000_00, 1_00
"""Of one prompt; the last is a whole shilling."""
EAST_AFRICA = timezone(timedelta(hours=3), "EAT")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)


def timestamp(at: datetime) -> str:
    """`20260314101507` for 07:15:07 UTC."""
    return at.astimezone(EAST_AFRICA).strftime("%Y%m%d%H%M%S")


def instant(told: object) -> datetime | None:
    """The instant of a timestamp, a number or a text; None when it says nothing. It only orders the history."""
    text = str(told) if isinstance(told, str | int | Decimal) and not isinstance(told, bool) else ""
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=EAST_AFRICA).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def minor(told: object, field: str) -> int:
    """An amount in shillings, a JSON number or a text like `2500.00`, in cents. Raises Unsettleable unless it is above zero."""
    if isinstance(told, str):
        if not _AMOUNT.fullmatch(told):
            raise Unsettleable("bad_amount", f"{field} is no amount: {told[:40]!r}.")
        try:
            amount_minor = to_minor(told, CURRENCY)
        except BursarError as refused:
            raise Unsettleable(refused.code, f"{field}: {refused.detail}") from refused
    else:
        amount_minor = exact_minor(told, CURRENCY, field)
    if amount_minor == 0:
        raise Unsettleable("bad_amount", f"{field} is zero.")
    return amount_minor
