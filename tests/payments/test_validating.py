"""What payers type, by the gateways' own tables and a little beyond."""

import json
from datetime import date
from pathlib import Path

import pytest

from core.card_numbers import CardNumberRefused
from payments.validating import (
    ExpiredCard,
    InvalidCard,
    InvalidCardToken,
    InvalidVpa,
    check_expiry,
    checked_card_number,
    checked_card_token,
    checked_vpa,
)

SAMPLES = Path(__file__).parent.parent / "gateways/samples/upi_razorpay"
VPAS = json.loads((SAMPLES / "vpa_cases.json").read_text())
CARDS = json.loads((SAMPLES / "card_cases.json").read_text())


def test_addresses_of_the_table():
    for vpa in VPAS["valid"]:
        assert checked_vpa(vpa) == vpa
    for vpa in [*VPAS["invalid"], "asha@okaxis\n", "asha@okaxis ", "äsha@okaxis", "asha@okaxi\u0661"]:
        with pytest.raises(InvalidVpa):
            checked_vpa(vpa)
    assert checked_vpa("Asha.Rao@OkAxis") == "asha.rao@okaxis"


def test_card_numbers_of_the_table():
    for number, good in CARDS["luhn"].items():
        if good:
            assert checked_card_number(number)[0] == number
        else:
            with pytest.raises(InvalidCard):
                checked_card_number(number)
    for number, network in CARDS["network"].items():
        assert checked_card_number(number)[1] == network.split()[0]
    for number in [*CARDS["invalid_format"], "0" * 16, "4111 1111 1111 1111\n", "\u0664\u0661\u0661\u0661" + "1" * 12]:
        with pytest.raises(InvalidCard):
            checked_card_number(number)


def test_spaces_dashes_and_the_other_networks():
    assert checked_card_number("4111-1111 1111-1111") == ("4111111111111111", "visa")
    for number, network in [("2720990000000007", "mastercard"), ("36082800091007", "diners"), ("6011111111111117", "discover")]:
        assert checked_card_number(number)[1] == network
    for number in ("2721000000000004", "2220000000000000"):
        with pytest.raises(InvalidCard):
            checked_card_number(number)


def test_a_card_is_good_until_its_month_has_ended():
    check_expiry(11, 2026, date(2026, 11, 30))
    check_expiry(11, 26, date(2026, 11, 30))
    check_expiry(1, 2027, date(2026, 12, 31))
    for month, year, today in [(11, 2026, date(2026, 12, 1)), (12, 25, date(2026, 1, 1))]:
        with pytest.raises(ExpiredCard):
            check_expiry(month, year, today)
    for month in (0, 13):
        with pytest.raises(InvalidCard):
            check_expiry(month, 2030, date(2026, 1, 1))


def test_a_token_is_no_card_number_and_no_anything():
    for token in ("tok_visa", "tok_1PabcDEF", "pm_card_visa", "token_4lsdksD31GaZ09"):
        assert checked_card_token(token) == token
    for number in ("4111111111111111", "tok_4111111111111111", "tok_4111 1111 1111 1111"):
        with pytest.raises(CardNumberRefused):
            checked_card_token(number)
    for text in ("", "visa", "tok_", "tok_a\n", "tok_a b", "order_abcdef", "tok_" + "a" * 121):
        with pytest.raises(InvalidCardToken):
            checked_card_token(text)
