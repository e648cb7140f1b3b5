"""Whatever operation takes money refuses, by the field's name, what is no amount and no currency."""

import json
from typing import Any

import pytest

ID = "01a1fe2d8e6771a6922c9f2fb2494b70"
AMOUNTS = ["-5", "0", "100.5", "100.0", "1e2", '"100"', "true", "null", "1000000000000001", "[100]", '{"minor": 100}']
CURRENCIES = ['"XXX"', '"ZZZ"', '"kes"', '"KE"', '""', "404", "null", '["KES"]']


def operations(field: str) -> list[tuple[str, str]]:
    """Method and path of every operation whose body has the field."""
    from config.describing import _schema

    document = json.loads(_schema())

    def fields(operation: dict[str, Any]) -> set[str]:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        return set(document["components"]["schemas"].get(name, {}).get("properties", {}))

    return [
        (method, path)
        for path, entry in document["paths"].items()
        for method, operation in entry.items()
        if method in {"post", "put", "patch"} and field in fields(operation)
    ]


@pytest.fixture
def send(client, shop_key):
    def send(method: str, path: str, body: str) -> Any:
        named = path.format(payment_id=f"pay_{ID}")
        return client.generic(method.upper(), named, body, content_type="application/json", headers=shop_key.headers)

    return send


def test_there_are_operations_that_take_money():
    assert {("post", "/api/v1/orders"), ("post", "/api/v1/payments")} <= set(operations("amount"))
    assert ("post", "/api/v1/payments/{payment_id}/capture") in operations("amount")
    assert {path for _, path in operations("currency")} >= {"/api/v1/orders", "/api/v1/payments", "/api/v1/payment-methods"}


@pytest.mark.parametrize(("field", "values"), [("amount", AMOUNTS), ("currency", CURRENCIES)])
def test_what_is_none_is_refused_by_the_name_of_its_field(send, field: str, values: list[str]):
    for method, path in operations(field):
        for value in values:
            answer = send(method, path, f'{{"{field}": {value}}}')

            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), (path, value)
            assert field in answer.json()["errors"], (path, value)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e99999999999999999999"])
def test_what_is_no_number_of_json_can_not_be_read(send, value: str):
    for method, path in operations("amount"):
        answer = send(method, path, f'{{"amount": {value}}}')

        assert (answer.status_code, answer.json()["code"]) == (400, "unreadable"), (path, value)
