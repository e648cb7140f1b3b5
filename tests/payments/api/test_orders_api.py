"""Orders over HTTP: made, seen by their own merchant alone, cancelled, paid by whoever holds the secret."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from access.models import Merchant
from payments.models import Order, Payment, PaymentAttempt
from tests.payments.api.conftest import keyed
from tests.payments.shop import PHONE, settled, success

pytestmark = pytest.mark.django_db
ORDER = {"amount": 100_000, "currency": "KES", "receipt": "INV-1", "notes": {"class": "4B"}}


SAID = {"X-Request-ID": "the-request"}
"""Of no digits: those of an id that is made up may be the ones looked for."""


def made(client: APIClient, **other: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/orders", ORDER | other, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()  # type: ignore[no-any-return]


def test_an_order_is_made_and_read(duka: APIClient):
    order = made(duka)
    assert order["id"].startswith("order_")
    assert order["client_secret"].startswith("order_secret_")
    assert {name: order[name] for name in ("amount", "currency", "status", "receipt", "notes")} == {
        "amount": 100_000,
        "currency": "KES",
        "status": "created",
        "receipt": "INV-1",
        "notes": {"class": "4B"},
    }
    assert order["checkout_url"].endswith(order["id"])
    assert duka.get(f"/api/v1/orders/{order['id']}").json() == order
    assert duka.get("/api/v1/orders?receipt=INV-1").json() == {"data": [order], "next_cursor": None, "has_more": False}
    assert duka.get("/api/v1/orders?status=paid").json()["data"] == []


def test_another_merchants_order_is_not_found(duka: APIClient, other: APIClient):
    order = made(duka)
    for answer in (
        other.get(f"/api/v1/orders/{order['id']}"),
        other.post(f"/api/v1/orders/{order['id']}/cancel"),
        other.post("/api/v1/payments", {"order_id": order["id"], "method": "mpesa", "phone_number": PHONE}, format="json"),
        duka.get("/api/v1/orders/order_00000000000000000000000000"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_order")
    assert other.get("/api/v1/orders").json()["data"] == []
    assert duka.get("/api/v1/orders/pay_nonsense").json()["code"] == "malformed_id"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": 99}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 10.5}, "amount"),
        ({"amount": "1000"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 10**16}, "amount"),
        ({"currency": "KSH"}, "currency"),
        ({"currency": "kes"}, "currency"),
        ({"currency": 404}, "currency"),
        ({"receipt": "x" * 41}, "receipt"),
        ({"notes": {"a": 1}}, "notes.a"),
        ({"notes": "text"}, "notes"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "never"}, "expires_at"),
        ({"tax": 5}, "tax"),
    ],
)
def test_what_is_no_order_is_refused_by_field(duka: APIClient, change: dict[str, Any], field: str):
    answer = duka.post("/api/v1/orders", ORDER | change, format="json")
    assert answer.status_code == 422, answer.content
    assert field in answer.json()["errors"]
    assert Order.objects.count() == 0


def test_a_card_number_is_refused_wherever_it_stands(duka: APIClient):
    answer = duka.post("/api/v1/orders", ORDER | {"notes": {"card": "4111 1111 1111 1111"}}, format="json", headers=SAID)
    assert (answer.status_code, answer.json()["code"]) == (422, "card_number_refused")
    assert "4111" not in answer.content.decode()


def test_a_key_without_the_scope_is_refused(merchant: Merchant):
    reader = keyed(merchant, scopes=["orders:read"])
    assert reader.post("/api/v1/orders", ORDER, format="json").status_code == 403
    assert reader.get("/api/v1/orders").status_code == 200
    assert APIClient().get("/api/v1/orders").status_code == 401


def test_the_same_key_makes_one_order(duka: APIClient):
    headers = {"HTTP_IDEMPOTENCY_KEY": "k1"}
    first = duka.post("/api/v1/orders", ORDER, format="json", **headers)
    again = duka.post("/api/v1/orders", ORDER, format="json", **headers)
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert Order.objects.count() == 1


def test_a_cancelled_order_takes_no_payment(duka: APIClient):
    order = made(duka)
    assert duka.post(f"/api/v1/orders/{order['id']}/cancel").json()["status"] == "cancelled"
    pay = {"order_id": order["id"], "method": "mpesa", "phone_number": PHONE}
    answer = duka.post("/api/v1/payments", pay, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "order_closed")


def test_the_secret_reads_and_pays_its_order_and_nothing_else(duka: APIClient, settings: Any):
    order, another = made(duka), made(duka, receipt="INV-2")
    browser = APIClient()
    browser.credentials(HTTP_X_CLIENT_SECRET=order["client_secret"])
    seen = browser.get(f"/api/v1/orders/{order['id']}").json()
    assert (seen["id"], seen["client_secret"]) == (order["id"], None)
    assert browser.get(f"/api/v1/orders/{another['id']}").status_code == 404
    assert browser.get("/api/v1/orders").status_code in (401, 403)
    assert browser.post("/api/v1/orders", ORDER, format="json").status_code in (401, 403)
    pay = {"method": "mpesa", "phone_number": PHONE}
    answer = browser.post("/api/v1/payments", pay | {"order_id": order["id"]}, format="json")
    assert answer.status_code == 201, answer.content
    assert browser.post("/api/v1/payments", pay | {"order_id": another["id"]}, format="json").status_code == 404
    assert browser.get(f"/api/v1/payments/{answer.json()['id']}").status_code == 200
    assert [row["id"] for row in browser.get("/api/v1/payments").json()["data"]] == [answer.json()["id"]]
    stranger = APIClient()
    stranger.credentials(HTTP_X_CLIENT_SECRET="order_secret_guessed")
    assert stranger.get(f"/api/v1/orders/{order['id']}").status_code == 401


def test_a_paid_order_says_which_payment_paid_it(duka: APIClient):
    order = made(duka)
    pay = {"order_id": order["id"], "method": "mpesa", "phone_number": PHONE}
    payment = duka.post("/api/v1/payments", pay, format="json").json()
    settled(success(Payment.objects.get(), "R1"))
    now = duka.get(f"/api/v1/orders/{order['id']}").json()
    assert (now["status"], now["paid_by"]) == ("paid", payment["id"])
    again = duka.post("/api/v1/payments", pay, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "order_paid")
    assert PaymentAttempt.objects.count() == 1


def test_an_order_past_its_time_takes_no_payment(duka: APIClient):
    order = made(duka)
    Order.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    pay = {"order_id": order["id"], "method": "mpesa", "phone_number": PHONE}
    assert duka.post("/api/v1/payments", pay, format="json").json()["code"] == "order_closed"
