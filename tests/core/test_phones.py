import pytest

from core.phones import InvalidPhone, e164, phone_digest, without_phone


@pytest.mark.parametrize(
    "written",
    ["0712345678", "0712 345 678", "712345678", "254712345678", "+254712345678", "+254 (0)712-345-678", "+254 712 345678"],
)
def test_all_the_ways_to_write_a_kenyan_number_are_one(written):
    assert e164(written) == "+254712345678"


def test_a_number_from_abroad_keeps_its_country():
    assert e164("+44 20 7946 0958") == "+442079460958"


@pytest.mark.parametrize(
    "written",
    ["", "07", "12345", "+999999999999", "call 0712345678", "0712345678;ext=1", "٠٧١٢٣٤٥٦٧٨", "0" * 30, "0712\x00345678"],
)
def test_what_no_phone_answers_is_refused(written):
    with pytest.raises(InvalidPhone):
        e164(written)


def test_the_digest_finds_a_number_and_hides_it():
    assert phone_digest("+254712345678") == phone_digest(e164("0712345678"))
    assert phone_digest("+254712345678") != phone_digest("+254712345679")
    assert b"712345678" not in phone_digest("+254712345678")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("0712345678", "phone …678"), (" +254 712 345 678 ", "phone …678"), ("712345678", "phone …678"),
        ("+44 20 7946 0958", "phone …958"), ("(020) 2222222", "phone …222"), ("0712", "0712"), ("50000", "50000"),
        ("1500000", "1500000"), ("2026-11-21", "2026-11-21"), ("Joan", "Joan"), ("TXN_0712345678", "TXN_0712345678"),
        ("S004", "S004"), ("", ""),
    ],
)  # fmt: skip
def test_what_can_not_be_taken_back_names_only_the_end_of_a_number(typed, written):
    assert without_phone(typed) == written
