"""Money is an integer number of minor units beside an ISO-4217 code. Nothing here rounds: what is not exact is refused."""

from decimal import Decimal, InvalidOperation

from core.errors import AmountOutOfRange, InexactAmount, UnknownCurrency

MAX_MINOR = 10**15
"""No single amount may be larger; far above any school's year, far below bigint."""

_IN_USE = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY
COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD
IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS
SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UYW UZS VED VES VND VUV WST XAF XCD XOF XPF YER
ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_IN_USE.split())
"""Every ISO-4217 code in use."""
# ISO-4217's own exponents. CLDR's (and so Babel's) differ for a dozen currencies: they follow daily use, not the standard.
_OTHER_THAN_TWO = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS = {code: places for places, codes in _OTHER_THAN_TWO.items() for code in codes.split()}


def exponent(currency: str) -> int:
    """How many decimals the currency's major unit has: KES 2, JPY 0, KWD 3. Raises UnknownCurrency."""
    if currency not in CURRENCIES:
        raise UnknownCurrency(f"{currency[:12]!r} is not an ISO-4217 currency in use.")
    return _EXPONENTS.get(currency, 2)


def to_minor(major: Decimal | int | str, currency: str) -> int:
    """Major units as minor ones: `to_minor("50000.00", "KES") == 5000000`.

    Raises InexactAmount for NaN, infinity, or a fraction of a minor unit, AmountOutOfRange below zero or above MAX_MINOR.
    Floats are refused by type: read JSON numbers as Decimal.
    """
    if isinstance(major, bool | float):
        raise TypeError("money is never a float")
    places = exponent(currency)
    try:
        amount = Decimal(major)
    except InvalidOperation as unreadable:
        raise InexactAmount("The amount is not a number.") from unreadable
    if not amount.is_finite():
        raise InexactAmount("The amount is not a finite number.")
    # adjusted() is the position of the first digit, so a huge power of ten is refused before it is ever expanded.
    if amount < 0 or amount.adjusted() > 18:
        raise AmountOutOfRange("The amount is below zero or larger than the books carry.")
    minor = int(amount.scaleb(places))
    # scaleb rounds at the context's precision, so exactness is judged by the way back, against the amount as it came.
    if Decimal(minor).scaleb(-places) != amount:
        raise InexactAmount(f"{currency} has {places} decimals.")
    if minor > MAX_MINOR:
        raise AmountOutOfRange("The amount is larger than the books carry.")
    return minor


def to_major(minor: int, currency: str) -> Decimal:
    """Minor units as the exact major amount, with the currency's number of decimals."""
    return Decimal(minor).scaleb(-exponent(currency))


def money(minor: int, currency: str) -> str:
    """How staff read it: `KES 50,000.00`, and a true minus sign in front of what is below zero."""
    sign = "\u2212" if minor < 0 else ""
    return f"{sign}{currency} {to_major(abs(minor), currency):,.{exponent(currency)}f}"
