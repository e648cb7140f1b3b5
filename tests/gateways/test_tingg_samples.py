"""Tingg's samples, byte for byte: the acknowledgement is the reply's body, and the query's answer is what books."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from access.services.gateway_tokens import install_token
from core.models import ExceptionItem, InboundEvent, InboundOutcome
from ledger import chart
from ledger.services.balances import balance
from payments.evidence import Key
from payments.gateways.outbound import OURS
from payments.models import Payment, PaymentAttempt
from payments.services import asking, polling
from tests.cast import decide_all, deliver, owes
from tests.gateways.asked import payment_of
from tests.gateways.saying import Saying, saying
from tests.servers import server

SAMPLES = Path(__file__).parent / "samples/tingg_cellulant"
INDEX = json.loads((SAMPLES / "_index.json").read_text())
WEBHOOKS = [name for name, sample in INDEX["files"].items() if "<token>" in sample.get("path_hint", "")]
TOKEN = "tingg-callback-token-of-tests"
LOGIN, QUERY, ACKNOWLEDGE = "POST /v1/oauth/token/request", "GET /v3/checkout-api/query/", "POST /v3/checkout-api/acknowledgement"
DONE = (200, b'{"status":{"status_code":200,"status_description":"success"},"results":{}}')


def raw(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@pytest.fixture
def tingg(settings: Any) -> Iterator[Saying]:
    with saying() as gateway:
        ours = settings.GATEWAYS["cellulant"] | {"base_url": gateway.url}
        settings.GATEWAYS = settings.GATEWAYS | {"cellulant": ours}
        gateway.says[LOGIN] = (200, b'{"access_token":"sample","expires_in":3600}')
        gateway.says[ACKNOWLEDGE] = DONE
        yield gateway


def decided(name: str) -> InboundOutcome:
    return heard(raw(name))


def heard(body: bytes) -> InboundOutcome:
    """What becomes of a webhook with this body."""
    (event,) = deliver(body, gateway="cellulant", kind="tingg")
    decide_all()
    return InboundOutcome.objects.get(event_id=event.id)


def asked_for() -> Payment:
    return payment_of("cellulant", 100_000, "KES", Key(OURS, "TG-1001"), account=owes("S004", 5_000))


def send(operation: str) -> int:
    """Send what waits, as the worker does."""
    waiting = PaymentAttempt.objects.filter(status=PaymentAttempt.Status.PREPARED, operation=operation)
    return sum(asking.send(key) for key in waiting.values_list("pk", flat=True))


def answer(like: str) -> tuple[int, bytes]:
    """What the query says when it agrees with a webhook."""
    told = json.loads(raw("resp_query_178.json"))
    return 200, json.dumps(told | {"results": json.loads(raw(like))}).encode()


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_the_door_acknowledges_in_its_body_and_says_the_same_each_time(tmp_path: Path):
    install_token(gateway="cellulant", kind="path", token=TOKEN)
    headers = {"Content-Type": "application/json"}
    with server(tmp_path / "server.log") as url:
        path = f"{url}/webhooks/tingg/{TOKEN}"
        for name in WEBHOOKS:
            replies = [httpx2.post(path, content=raw(name), headers=headers, timeout=10) for _ in range(2)]
            assert replies[0].content == replies[1].content, name
            if name == "malformed_not_json.json":
                assert replies[0].status_code == 400
                continue
            told = replies[0].json()
            if name == "webhook_v2_camel_case.json":
                assert told["statusCode"] == "188"
                assert (told["checkoutRequestID"], told["merchantTransactionID"]) == (20260314, "TG-1001")
                assert told["receiptNumber"] == "RC-20260314"
            else:
                assert told["status_code"] == "188"
                assert (told["checkout_request_id"], told["merchant_transaction_id"]) == (20260314, "TG-1001")
                assert told["receipt_number"] == "RC-20260314"
            assert replies[0].status_code == 200
        for wrong in ("/webhooks/tingg/another-token", "/webhooks/tingg/mock-bearer-token"):
            assert httpx2.post(url + wrong, content=raw(WEBHOOKS[0]), headers=headers).status_code == 401
        assert httpx2.post(path, content=b'{"merchant_transaction_id":"TG-1001"}', headers=headers).status_code == 400
    assert InboundEvent.objects.count() == 2 * (len(WEBHOOKS) - 1)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["webhook_178_fully_paid.json", "webhook_v2_camel_case.json"])
def test_a_payment_is_captured_when_the_query_agrees_and_acknowledged_once(tingg: Saying, name: str):
    payment = asked_for()
    assert decided(name).reason == "to_be_confirmed"
    assert balance(chart.student("S004", "KES")) == 500_000, "a path that leaked books nothing"
    tingg.says[QUERY] = (200, raw("resp_query_178.json"))
    assert send("query") == 1
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor) == ("succeeded", 100_000)
    assert not tingg.asked(ACKNOWLEDGE)
    assert decided(name).verdict == "duplicate"
    assert send("acknowledge") == 1
    assert send("acknowledge") == 0
    (told,) = tingg.asked(ACKNOWLEDGE)
    assert b'"acknowledgement_amount":1000.00' in told.body
    assert (told.json()["status_code"], told.json()["acknowledgment_reference"]) == ("183", "RC-20260314")
    assert told.headers["apikey"] == "sandbox-key"


@pytest.mark.django_db
def test_a_part_stays_open_and_is_not_acknowledged(tingg: Saying):
    payment = asked_for()
    decided("webhook_177_partially_paid.json")
    tingg.says[QUERY] = answer("webhook_177_partially_paid.json")
    assert send("query") == 1
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor) == ("partially_paid", 40_000)
    assert send("acknowledge") == 0


@pytest.mark.django_db
def test_the_rows_are_summed_and_the_total_is_not_trusted(tingg: Saying):
    payment = asked_for()
    told = json.loads(raw("webhook_178_fully_paid.json"))
    first = told["payments"][0]
    told["payments"] = [first | {"amount_paid": 400}, first | {"amount_paid": 600.0, "cpg_transaction_id": 700000002}]
    told["amount_paid"] = 99_999
    deliver(json.dumps(told).encode(), gateway="cellulant", kind="tingg")
    decide_all()
    tingg.says[QUERY] = (200, json.dumps({"status": {"status_code": 200}, "results": told}).encode())
    assert send("query") == 1
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor) == ("succeeded", 100_000)


@pytest.mark.django_db
def test_more_than_was_asked_for_is_flagged(tingg: Saying):
    payment = asked_for()
    decided("webhook_overpaid.json")
    tingg.says[QUERY] = answer("webhook_overpaid.json")
    assert send("query") == 1
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor) == ("succeeded", 120_000)
    assert ExceptionItem.objects.get().reason == "overpaid"


@pytest.mark.django_db
def test_a_failed_attempt_is_not_the_end_and_an_expired_request_may_still_be_paid(tingg: Saying):
    payment = asked_for()
    outcome = decided("webhook_99_failed_attempt.json")
    payment.refresh_from_db()
    assert (outcome.reason, payment.status) == ("attempt_failed", "requires_action")
    decided("webhook_129_expired.json")
    payment.refresh_from_db()
    assert payment.status == "expired"
    decided("webhook_178_fully_paid.json")
    tingg.says[QUERY] = (200, raw("resp_query_178.json"))
    assert send("query") == 1
    payment.refresh_from_db()
    assert payment.status == "succeeded"


@pytest.mark.django_db
def test_a_refund_is_stored_for_later():
    asked_for()
    outcome = decided("webhook_187_refunded.json")
    assert (outcome.verdict, outcome.reason) == ("quarantined", "not_yet_handled")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        (130, "recorded", ""),
        ("101", "recorded", "invalid_pin_or_cancelled"),
        (102, "recorded", "insufficient_funds"),
        (176, "recorded", "to_be_confirmed"),
        (179, "recorded", "returned_to_payer"),
        (180, "quarantined", "not_yet_handled"),
        (183, "recorded", "to_be_confirmed"),
        (184, "quarantined", "not_yet_handled"),
        (191, "quarantined", "not_yet_handled"),
        (555, "quarantined", "unknown_word"),
        ("what", "quarantined", "unknown_word"),
    ],
)
def test_each_code_has_its_meaning_as_number_and_as_text(code: Any, verdict: str, reason: str):
    asked_for()
    told = json.loads(raw("webhook_178_fully_paid.json")) | {"request_status_code": code}
    outcome = heard(json.dumps(told).encode())
    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    assert balance(chart.student("S004", "KES")) == 500_000


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [[], [{"payment_status": "COMPLETED", "amount_paid": 1000, "cpg_transaction_id": "700000009"}]])
def test_paid_without_a_payment_that_succeeded_waits_for_staff(tingg: Saying, rows: list[Any]):
    payment = asked_for()
    told = json.loads(raw("webhook_178_fully_paid.json")) | {"payments": rows}
    outcome = heard(json.dumps(told).encode())
    assert outcome.reason == "bad_shape"
    assert ExceptionItem.objects.get(inbound_event_id=outcome.event_id).status == "open"
    tingg.says[QUERY] = (200, json.dumps(json.loads(raw("resp_query_178.json")) | {"results": told}).encode())
    question = polling.write_question(payment)
    asking.make(question)
    question.refresh_from_db()
    assert (question.status, question.outcome) == ("answered", "answer_unreadable")


@pytest.mark.django_db
def test_money_that_tingg_returned_after_it_was_booked_is_shown_to_staff(tingg: Saying):
    payment = asked_for()
    decided("webhook_177_partially_paid.json")
    tingg.says[QUERY] = answer("webhook_177_partially_paid.json")
    assert send("query") == 1
    payment.refresh_from_db()
    assert payment.status == "partially_paid"
    returned = json.loads(raw("webhook_177_partially_paid.json")) | {"request_status_code": 179}
    for _ in range(2):
        deliver(json.dumps(returned).encode(), gateway="cellulant", kind="tingg")
        decide_all()
    item = ExceptionItem.objects.get()
    assert (item.reason, item.payment_id) == ("failed_after_success", payment.id)
    assert "returned_to_payer" in item.detail


@pytest.mark.django_db
def test_another_currency_is_quarantined_and_a_stranger_is_unknown():
    told = json.loads(raw("webhook_178_fully_paid.json"))
    assert heard(json.dumps(told).encode()).reason == "unknown_payment"
    asked_for()
    told["payments"][0]["currency_code"] = "UGX"
    assert heard(json.dumps(told).encode()).reason == "another_currency"
