"""Stripe counts in minor units, too, but not always in ISO-4217's: the currencies where the two differ are converted exactly,
or not at all.

Source: docs.stripe.com/currencies (zero-decimal, three-decimal and special-case currencies).
"""

from decimal import Decimal

from core.errors import BursarError
from core.money import MAX_MINOR, exponent
from payments.evidence import Unsettleable

_ZERO = frozenset(["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"])
_THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
_TEN = (1, 10, 100, 1000, 10_000)


def to_stripe(amount_minor: int, currency: str) -> int:
    """Our minor units as Stripe's. Raises Unsettleable for what Stripe can't say exactly."""
    shift = _stripe_exponent(currency) - exponent(currency)
    amount, rest = (amount_minor * _TEN[shift], 0) if shift >= 0 else divmod(amount_minor, _TEN[-shift])
    if rest or (currency in _THREE and amount % 10):
        raise Unsettleable("inexact_amount", f"Stripe can't take so fine an amount of {currency}.")
    return amount


def from_stripe(amount: object, currency: str, field: str) -> int:
    """A JSON number of Stripe's units as our minor ones. Raises Unsettleable for a fraction, a text, another currency."""
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal) or not Decimal(amount).is_finite():
        raise Unsettleable("bad_amount", f"{field} is not a number.")
    if amount != amount // 1 or not 0 <= amount <= MAX_MINOR * 100:
        raise Unsettleable("bad_amount", f"{field} is no whole number that the books carry.")
    try:
        shift = exponent(currency) - _stripe_exponent(currency)
    except BursarError as unknown:
        raise Unsettleable(unknown.code, unknown.detail) from unknown
    minor, rest = (int(amount) * _TEN[shift], 0) if shift >= 0 else divmod(int(amount), _TEN[-shift])
    if rest:
        raise Unsettleable("inexact_amount", f"{field} has more decimals than {currency}.")
    return minor


def _stripe_exponent(currency: str) -> int:
    return 0 if currency in _ZERO else 3 if currency in _THREE else 2
