"""What can't be read can be asked for: its exception knows the name that the gateway's body has for it."""

import json
from typing import Any

import pytest

from core.models import ExceptionItem
from core.strict_json import read_object
from payments.gateways.base import name_in
from payments.gateways.registry import GATEWAYS
from tests.cast import decide_all, deliver, notification
from webhooks.services.replaying import replay

pytestmark = pytest.mark.django_db


def prompt(**told: Any) -> dict[str, Any]:
    return {"Body": {"stkCallback": {"MerchantRequestID": "M1", "CheckoutRequestID": "ws_CO_1", "ResultCode": 0, **told}}}


def found(key: str, *values: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{key: name, "Value": value} for name, value in values]


STATUS = {"ResultCode": 1, "ResultParameters": {"ResultParameter": found("Key", ("ReceiptNo", "RKT9"))}}


@pytest.mark.parametrize(
    ("gateway", "body", "name"),
    [
        ("cellulant", json.loads(notification("TXN_9", status="SORT_OF")), "TXN_9"),
        ("cellulant", {"checkout_request_id": 77, "merchant_transaction_id": "x", "request_status_code": "?"}, "77"),
        ("cellulant", {"checkoutRequestID": 78, "payments": [{}, {"cpgTransactionID": "CPG_1"}]}, "CPG_1"),
        ("mpesa", prompt(), "ws_CO_1"),
        ("mpesa", prompt(CallbackMetadata={"Item": found("Name", ("MpesaReceiptNumber", "RKT7"))}), "RKT7"),
        ("mpesa", {"TransID": "RKT8", "TransTime": "", "TransAmount": "lots", "BusinessShortCode": "0"}, "RKT8"),
        ("mpesa", {"Result": STATUS}, "RKT9"),
        ("monnify", {"eventType": "NEW", "eventData": {"transactionReference": "MNFY|1"}}, "MNFY|1"),
        ("stripe", {"type": "charge.refunded", "livemode": None, "data": {"object": {"id": "ch_1"}}}, "ch_1"),
        ("upi", {"event": "refund.created", "payload": {"payment": {"entity": {"id": "pay_29Q"}}}}, "pay_29Q"),
        ("bank", {"transaction_id": 12, "bank_reference": "DEP-1", "status": "completed"}, "DEP-1"),
    ],
)
def test_each_gateways_bodies_say_what_they_are_about(gateway, body, name):
    assert name_in(read_object(json.dumps(body).encode()), GATEWAYS[gateway].names_at) == name


@pytest.mark.parametrize(
    "body", [{}, {"data": []}, {"data": {"object": [[{"id": {}}], {"id": True}]}}, {"data": {"Value": 1}}, [], None]
)
def test_a_body_that_does_not_say_has_no_name(body):
    assert name_in(body, ("data.object.id", "event")) == ""


def test_a_quarantined_message_is_kept_under_it():
    deliver(notification("TXN_9", status="SORT_OF"), notification("4111111111111111", status="SORT_OF"))
    decide_all()
    assert list(ExceptionItem.objects.order_by("id").values_list("reason", "reference")) == [
        ("unknown_word", "TXN_9"),
        ("unknown_word", "•••1111"),
    ]


def test_a_poisonous_message_is_too_and_its_replay_is_the_same_story(monkeypatch):
    monkeypatch.setattr(type(GATEWAYS["cellulant"]), "parse", lambda *_, **__: 1 / 0)
    (event,) = deliver(notification("TXN_9"))
    decide_all()
    replay([event.id], actor="user:officer", reason="Again.")
    decide_all()
    assert ExceptionItem.objects.get().reference == "TXN_9"


def test_what_is_no_message_at_all_is_poison_without_a_name():
    deliver(b"[", notification("TXN_9", status="SORT_OF"))
    decide_all()
    assert sorted(ExceptionItem.objects.values_list("kind", "reference")) == [("poison", ""), ("quarantine", "TXN_9")]
