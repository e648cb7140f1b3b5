"""Bodies are read strictly, fields too, and card numbers never get anywhere."""

import json
import logging

import pytest

from core.card_numbers import holds_card_number
from tests.api.conftest import key_of

VISA = "4111111111111111"
REQUEST = "the-request-of-these-tests"
"""Of no digits: those of an id that is made up may be the ones looked for."""


def send(client, key, body, path="/wishes", content_type="application/json", **headers):
    raw = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(path, raw, content_type=content_type, headers={**key.headers, "X-Request-ID": REQUEST, **headers})


def test_a_wish_is_granted_and_kept_by_no_cache(ground, client, shop_key):
    response = send(client, shop_key, {"amount": 500, "notes": {"for": "chalk"}})

    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    assert response["RateLimit-Policy"]
    assert response["X-Request-ID"]
    assert response.json()["currency"] == "KES"


@pytest.mark.parametrize(
    "body",
    [
        b'{"amount": 500',
        b'{"amount": 500, "amount": 600}',
        b'{"amount": NaN}',
        b'{"amount": 1e99999999999999999999999}',
        b'{"amount": ' + b"9" * 5000 + b"}",
        b"[1]",
        b'{"receipt": "\xff"}',
        b'{"notes": ' + b'{"a":' * 70 + b"1" + b"}" * 70 + b"}",
    ],
)
def test_what_is_no_strict_json_object_can_not_be_read(ground, client, shop_key, body):
    response = send(client, shop_key, body)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "unreadable"


def test_a_body_too_large_and_one_of_another_type_are_refused(ground, client, shop_key):
    assert send(client, shop_key, {"receipt": "a" * 200_000}).json()["code"] == "body_too_large"
    assert send(client, shop_key, "amount=5", content_type="application/x-www-form-urlencoded").status_code == 415
    assert send(client, shop_key, {"receipt": "a" * 200_000}).status_code == 413


def test_a_body_in_chunks_is_not_taken_for_no_body(ground, client, shop_key):
    response = client.get("/wishes", headers={**shop_key.headers, "Transfer-Encoding": "chunked"})

    assert (response.status_code, response.json()["code"]) == (411, "length_required")


@pytest.mark.parametrize("amount", [True, 5.0, 500.5, "500", None, 99, -500, 10**15 + 1, [500], {"minor": 500}])
def test_an_amount_is_a_whole_number_of_minor_units(ground, client, shop_key, amount):
    response = send(client, shop_key, {"amount": amount})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["amount"]


@pytest.mark.parametrize("currency", ["kes", "KSH", "", "KESS", 404, None])
def test_a_currency_is_an_iso_code_in_use(ground, client, shop_key, currency):
    response = send(client, shop_key, {"amount": 500, "currency": currency})

    assert (response.status_code, list(response.json()["errors"])) == (422, ["currency"])


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("receipt", 17, "receipt"),
        ("receipt", "a\0b", "receipt"),
        ("receipt", "\ud800", "receipt"),
        ("notes", {"a": "b\0"}, "notes.a"),
        ("notes", {"a": 5}, "notes.a"),
        ("notes", {str(number): "" for number in range(16)}, "notes"),
        ("colour", "blue", "colour"),
    ],
)
def test_fields_are_taken_as_they_are_or_not_at_all(ground, client, shop_key, field, value, named):
    response = send(client, shop_key, {"amount": 500, field: value})

    assert (response.status_code, list(response.json()["errors"])) == (422, [named])


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"receipt": VISA}, "receipt"),
        ({"notes": {"a": "my card 4111 1111-1111 1111, 12/28"}}, "notes.a"),
        ({"notes": {"deep": [{"er": int(VISA)}]}}, "notes.deep[0].er"),
        ({"notes": {VISA: ""}}, "notes"),
        ({VISA: ""}, "non_field_errors"),
        ({"receipt": "5500-0055-5555-5559"}, "receipt"),
    ],
)
def test_a_card_number_is_refused_wherever_it_stands_and_repeated_nowhere(ground, client, shop_key, caplog, body, named):
    with caplog.at_level(logging.DEBUG):
        response = send(client, shop_key, {"amount": 500, **body})

    assert (response.status_code, response.json()["code"]) == (422, "card_number_refused")
    assert list(response.json()["errors"]) == [named]
    assert "1111" not in response.text + caplog.text
    assert "5559" not in response.text + caplog.text


def test_a_card_number_is_refused_in_a_query_and_in_a_key_too(ground, client, shop_key):
    assert client.get(f"/wishes?receipt={VISA}", headers=shop_key.headers).json()["code"] == "card_number_refused"
    assert send(client, shop_key, {"amount": 500}, **{"Idempotency-Key": VISA}).json()["code"] == "card_number_refused"
    assert client.get("/wishes?receipt=%00", headers=shop_key.headers).status_code == 422


@pytest.mark.parametrize(
    "text",
    [
        "254712345678",
        "4111111111111112",
        "41111111111111",
        "0199a3b2-4111-4111-9111-411111111111",
        "a3f1" * 8 + VISA + "b",
        "2026-11-21 10:30:15.123456",
        "1700000000000",
    ],
)
def test_what_only_looks_like_a_card_number_is_taken(text):
    assert not holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    ["378282246310005", "6011111111111117", "3530111333300000", "30569309025904", "6200000000000005", "5200828282828210",
     "2223003122003222", "ref4111111111111111", "\uff14\uff11" + "\uff11" * 14, "4222222222222", "5061460410120223210"],
)  # fmt: skip
def test_every_network_s_numbers_are_known(text):
    assert holds_card_number(text)


def test_a_method_without_a_word_about_its_scope_is_no_view():
    from access.api.views import CallerView

    with pytest.raises(TypeError, match="says nothing about post"):
        type("Forgetful", (CallerView,), {"post": lambda *_: None})


def test_a_key_does_what_its_scopes_say(ground, client, bookshop):
    reader = key_of(bookshop, scopes=["orders:read"])

    assert client.get("/wishes", headers=reader.headers).json() == {"actor": bookshop.actor}
    refused = send(client, reader, {"amount": 500})
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
