"""A raw body is laid out as it was sent, less what nobody needs to see."""

import pytest

from core.admin.bodies import open_sealed, readable
from core.crypto import keyring


def test_numbers_stay_spelled_as_they_came():
    assert readable(b'{"amountPaid":50000.00,"n":12345678901234567890,"s":"x"}') == (
        '{\n  "amountPaid": 50000.00,\n  "n": 12345678901234567890,\n  "s": "x"\n}'
    )


@pytest.mark.parametrize(
    ("body", "hidden", "left"),
    [
        (b'{"cardNumber": "4111 1111 1111 1111"}', "4111 1111", "1111"),
        (b'{"card": {"number": 4111111111111111}}', "41111111", "1111"),
        (b'{"note": "paid with 4111-1111-1111-1111 yesterday"}', "4111-1111", "yesterday"),
        (b'{"cvv": "987"}', "987", "cvv"),
        (b'{"auth": [{"accessToken": "eyJhb"}]}', "eyJhb", "accessToken"),
        (b'{"pan": 5500005555555559}', "55000055", "5559"),
        (b"card=4111111111111111&amount=5", "41111111", "amount=5"),
    ],
)
def test_cards_and_secrets_are_hidden(body, hidden, left):
    shown = readable(body)
    assert hidden not in shown
    assert "•••" in shown
    assert left in shown


@pytest.mark.parametrize("body", [b'{"transactionId": "TXN_1"}', b'{"phone": "254712345678"}', b'{"ref": "4111111111111112"}'])
def test_what_is_no_card_is_left_alone(body):
    assert "•••" not in readable(body)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"not json", b"[" * 5000, b'{"a": NaN}', b'"x"'])
def test_anything_can_be_read(body):
    assert isinstance(readable(body), str)


def test_a_huge_body_is_cut_and_says_so():
    assert readable(b'{"a": "' + b"x" * 100_000 + b'"}').endswith("characters more")


def test_a_sealed_body_is_opened_and_a_broken_one_explained():
    assert open_sealed(keyring().seal(b"[1]")) == "[\n  1\n]"
    assert open_sealed(b"\x00") == "The stored body can't be opened: No encryption key is named b''."
