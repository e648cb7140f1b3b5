import pytest

from core.phones import InvalidPhone, e164, phone_digest


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
