from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import AmountOutOfRange, BursarError, InexactAmount, UnknownCurrency
from core.money import MAX_MINOR, exponent, money, to_major, to_minor


@given(st.integers(0, MAX_MINOR), st.sampled_from(["KES", "JPY", "KWD", "CLF", "USD"]))
def test_there_and_back_is_exact(minor: int, currency: str):
    assert to_minor(to_major(minor, currency), currency) == minor


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_any_decimal_is_converted_exactly_or_refused(amount: Decimal):
    try:
        minor = to_minor(amount, "KES")
    except BursarError:
        return
    assert Decimal(minor) / 100 == amount


@pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity", "1e-400", "1." + "0" * 60 + "1", "abc", ""])
def test_what_is_not_exact_is_refused(amount: str):
    with pytest.raises(InexactAmount):
        to_minor(amount, "KES")


@pytest.mark.parametrize("amount", ["-0.01", "1e400", "1e19", 10**14, "-1e-999999"])
def test_what_the_books_do_not_carry_is_refused(amount: str | int):
    with pytest.raises(AmountOutOfRange):
        to_minor(amount, "KES")


@pytest.mark.parametrize("amount", [1.5, True])
def test_floats_and_booleans_are_no_money(amount: float):
    with pytest.raises(TypeError):
        to_minor(amount, "KES")  # type: ignore[arg-type]


@pytest.mark.parametrize(("currency", "places"), [("KES", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ISK", 0), ("IQD", 3)])
def test_exponents_are_iso_4217s(currency: str, places: int):
    assert exponent(currency) == places


@pytest.mark.parametrize("currency", ["", "kes", "XXX", "KE", "KESS"])
def test_a_currency_nobody_uses_is_refused(currency: str):
    with pytest.raises(UnknownCurrency):
        to_minor(1, currency)


def test_staff_read_it_with_separators():
    assert money(5_000_000, "KES") == "KES 50,000.00"
    assert money(-150, "JPY") == "\N{MINUS SIGN}JPY 150"
