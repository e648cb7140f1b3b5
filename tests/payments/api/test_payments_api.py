"""Payments over HTTP: started at once, seen by those they concern, explained by their history and evidence."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from rest_framework.test import APIClient

from payments.models import Payment, PaymentAttempt, SavedMethod
from payments.services import asking
from tests.cast import owes
from tests.gateways.far import far_side
from tests.payments.api.test_orders_api import made
from tests.payments.shop import PHONE, settled, success

pytestmark = pytest.mark.django_db
DIRECT = {"destination": "student:S004", "amount": 50_000, "currency": "KES", "method": "mpesa", "phone_number": PHONE}


def pay(client: APIClient, key: str = "", **body: Any) -> Any:
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return client.post("/api/v1/payments", body, format="json", **headers)


def test_a_payment_of_an_order_is_pending_at_once_and_waits_for_a_worker(duka: APIClient):
    order = made(duka)
    answer = pay(duka, order_id=order["id"], method="mpesa", phone_number="+254 712 345 678")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert {name: body[name] for name in ("status", "amount", "received", "currency", "method", "gateway", "order_id")} == {
        "status": "pending",
        "amount": 100_000,
        "received": 0,
        "currency": "KES",
        "method": "mpesa",
        "gateway": "mpesa",
        "order_id": order["id"],
    }
    assert body["details"] == {"phone_number": "25471•••••78"}
    attempt = PaymentAttempt.objects.get()
    assert (attempt.operation, attempt.status, attempt.amount_minor) == ("charge", "prepared", 100_000)
    assert PHONE[1:] not in answer.content.decode()


@pytest.mark.parametrize("phone", ["0712345678", "712345678", "254712345678", "+254712345678", "0112345678"])
def test_a_kenyan_mobile_is_one_number_however_it_is_spelled(duka: APIClient, phone: str):
    assert pay(duka, order_id=made(duka)["id"], method="mpesa", phone_number=phone).status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"method": "mpesa", "phone_number": "0202345678"}, "invalid_phone"),
        ({"method": "mpesa", "phone_number": "+15551234567"}, "invalid_phone"),
        ({"method": "mpesa", "phone_number": "nonsense"}, "invalid_phone"),
        ({"method": "mpesa"}, "missing_detail"),
        ({"method": "barter"}, "unknown_method"),
        ({"method": "mpesa", "phone_number": PHONE, "vpa": "a@b"}, "invalid"),
        ({}, "invalid"),
        ({"method": "mpesa", "phone_number": PHONE, "amount": 5}, "invalid"),
        ({"method": "card", "card_token": "4111111111111111"}, "card_number_refused"),
        ({"method": "mpesa", "phone_number": PHONE, "capture": "later"}, "invalid"),
    ],
)
def test_what_can_not_be_paid_so_is_refused_by_name(duka: APIClient, body: dict[str, Any], code: str):
    answer = pay(duka, order_id=made(duka)["id"], **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.content
    assert Payment.objects.count() == 0


def test_mpesa_takes_shillings_only_and_upi_rupees(duka: APIClient):
    dollars = made(duka, currency="USD")
    assert pay(duka, order_id=dollars["id"], method="mpesa", phone_number=PHONE).json()["code"] == "currency_not_taken"
    assert pay(duka, order_id=dollars["id"], method="upi", vpa="asha@okaxis").json()["code"] == "currency_not_taken"


@pytest.mark.parametrize(("amount", "code"), [(100_050, "amount_not_taken"), (250_001_00, "amount_not_taken"), (250_000_00, "")])
def test_mpesa_takes_whole_shillings_up_to_its_most(duka: APIClient, amount: int, code: str):
    answer = pay(duka, order_id=made(duka, amount=amount)["id"], method="mpesa", phone_number=PHONE)
    assert (answer.status_code, answer.json().get("code", "")) == ((422, code) if code else (201, "")), answer.content
    assert PaymentAttempt.objects.count() == (0 if code else 1)


def test_a_bad_vpa_is_named(duka: APIClient):
    rupees = made(duka, currency="INR")
    assert pay(duka, order_id=rupees["id"], method="upi", vpa="not a vpa").json()["code"] == "invalid_vpa"


def test_a_direct_payment_needs_a_key_and_an_account_that_is_there(duka: APIClient):
    owes("S004", 2_000)
    assert pay(duka, **DIRECT).json()["code"] == "idempotency_key_required"
    assert pay(duka, "k1", **DIRECT | {"destination": "student:NOBODY"}).json()["code"] == "unknown_destination"
    assert pay(duka, "k2", **DIRECT | {"destination": "suspense"}).json()["code"] == "unknown_destination"
    assert pay(duka, "k3", **DIRECT | {"amount": 50}).status_code == 422
    first, again = pay(duka, "k4", **DIRECT), pay(duka, "k4", **DIRECT)
    assert (first.status_code, first.content) == (201, again.content)
    assert Payment.objects.count() == PaymentAttempt.objects.count() == 1
    another = pay(duka, "k4", **DIRECT | {"amount": 60_000})
    assert (another.status_code, another.json()["code"]) == (422, "idempotency_key_reused")


def test_payments_are_listed_and_filtered(duka: APIClient, other: APIClient):
    order = made(duka)
    ids = [pay(duka, order_id=order["id"], method="mpesa", phone_number=PHONE).json()["id"] for _ in range(3)]
    settled(success(Payment.objects.order_by("id")[0], "R1"))

    def listed(query: str = "") -> list[str]:
        answer = duka.get(f"/api/v1/payments?{query}")
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["data"]]

    assert listed() == ids[::-1]
    assert listed("status=succeeded") == [ids[0]]
    assert listed("reference=R1") == [ids[0]]
    assert listed(f"order_id={order['id']}&method=mpesa&gateway=mpesa") == ids[::-1]
    assert listed("created_from=2099-01-01T00:00:00Z") == []
    assert listed("created_to=2099-01-01T00:00:00Z") == ids[::-1]
    assert duka.get("/api/v1/payments?status=lost").status_code == 422
    assert duka.get("/api/v1/payments?created_from=yesterday").status_code == 422
    page = duka.get("/api/v1/payments?limit=2").json()
    assert (len(page["data"]), page["has_more"]) == (2, True)
    assert [row["id"] for row in duka.get(f"/api/v1/payments?limit=2&cursor={page['next_cursor']}").json()["data"]] == ids[:1]
    assert other.get("/api/v1/payments").json()["data"] == []
    assert other.get(f"/api/v1/payments/{ids[0]}").json()["code"] == "unknown_payment"


def test_history_and_evidence_explain_a_payment(duka: APIClient):
    payment = pay(duka, order_id=made(duka)["id"], method="mpesa", phone_number=PHONE).json()
    settled(success(Payment.objects.get(), "R1"))
    history = duka.get(f"/api/v1/payments/{payment['id']}/history").json()["data"]
    assert [(step["from_status"], step["to_status"], step["booked"]) for step in history] == [
        ("pending", "succeeded", 100_000),
        ("", "pending", 0),
    ]
    known = duka.get(f"/api/v1/payments/{payment['id']}/evidence").json()
    assert known["payment"]["status"] == "succeeded"
    assert {(key["kind"], key["reference"], key["booked"]) for key in known["gateway_references"]} == {
        ("reference", payment["id"], None),
        ("receipt", "R1", 100_000),
    }
    assert [(row["credit"].split(":")[0], row["amount"]) for row in known["transfers"]] == [("merchant", 100_000)]
    assert [(row["operation"], row["status"]) for row in known["attempts"]] == [("charge", "prepared")]


def test_a_payment_that_was_never_sent_is_cancelled_here(duka: APIClient):
    payment = pay(duka, order_id=made(duka)["id"], method="mpesa", phone_number=PHONE).json()
    answer = duka.post(f"/api/v1/payments/{payment['id']}/cancel")
    assert (answer.status_code, answer.json()["status"], answer.json()["failure"]) == (200, "cancelled", "withdrawn")
    assert duka.post(f"/api/v1/payments/{payment['id']}/cancel").json()["status"] == "cancelled"
    assert PaymentAttempt.objects.get().status == "refused"
    assert duka.post(f"/api/v1/payments/{payment['id']}/capture").json()["code"] == "not_capturable"


def test_the_ways_to_pay_are_told_to_anyone():
    types = {row["method"]: row for row in APIClient().get("/api/v1/payment-types").json()["data"]}
    assert types["mpesa"]["currencies"] == ["KES"]
    assert types["mpesa"]["fields_needed"] == ["phone_number"]


@pytest.mark.stack
@pytest.mark.parametrize("wallet", ["alipay", "wechat_pay", "cashapp", "amazon_pay", "link"])
def test_a_wallet_is_confirmed_on_its_own_page(duka: APIClient, wallet: str, tmp_path: Path, settings: Any):
    order = made(duka, currency="USD")
    payment = pay(duka, order_id=order["id"], method=wallet).json()
    assert (payment["status"], payment["method"], payment["gateway"]) == ("pending", wallet, "stripe")
    with far_side(tmp_path / "far.log") as far:
        settings.GATEWAYS = settings.GATEWAYS | {"stripe": settings.GATEWAYS["stripe"] | {"base_url": f"{far.url}/stripe"}}
        assert asking.send(PaymentAttempt.objects.get().pk)
        action = duka.get(f"/api/v1/payments/{payment['id']}").json()["next_action"]
        httpx2.post(action["url"], data={"answer": "confirm"}, timeout=5)
        known = duka.post(f"/api/v1/payments/{payment['id']}/sync").json()
    assert (action["type"], known["status"], known["failure"]) == ("redirect", "succeeded", None)
    assert duka.get(f"/api/v1/orders/{order['id']}").json()["status"] == "paid"


@pytest.mark.stack
def test_a_card_is_kept_by_its_gateway_and_forgotten(duka: APIClient, other: APIClient, tmp_path: Path, settings: Any):
    with far_side(tmp_path / "far.log") as far:
        settings.GATEWAYS = settings.GATEWAYS | {"stripe": settings.GATEWAYS["stripe"] | {"base_url": f"{far.url}/stripe"}}
        answer = duka.post("/api/v1/payment-methods", {"card_token": "tok_visa"}, format="json")
        refused = duka.post("/api/v1/payment-methods", {"card_token": "tok_chargeDeclined"}, format="json")
    assert answer.status_code == 201, answer.content
    kept = answer.json()
    assert (kept["is_default"], kept["brand"], kept["last4"]) == (True, "visa", "4242")
    assert (refused.status_code, refused.json()["code"]) == (422, "card_refused")
    token = SavedMethod.objects.get().token
    assert token != "tok_visa"
    assert token not in answer.content.decode()
    assert other.delete(f"/api/v1/payment-methods/{kept['id']}").json()["code"] == "unknown_payment_method"
    assert [row["id"] for row in duka.get("/api/v1/payment-methods").json()["data"]] == [kept["id"]]
    order = made(duka, currency="USD")
    paid = pay(duka, order_id=order["id"], payment_method_id=kept["id"])
    assert (paid.status_code, paid.json()["gateway"], paid.json()["method"]) == (201, "stripe", "card")
    assert pay(other, order_id=order["id"], payment_method_id=kept["id"]).status_code == 404
    assert duka.delete(f"/api/v1/payment-methods/{kept['id']}").status_code == 204
    assert duka.get("/api/v1/payment-methods").json()["data"] == []
