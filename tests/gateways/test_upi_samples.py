"""The Indian gateway's samples, byte for byte: what their index says must happen, happens, at the real door and in the books."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from core.models import InboundEvent, InboundOutcome
from ledger import chart
from ledger.services.balances import balance
from payments.evidence import Key
from payments.gateways.upi.signature import is_checkout_return, is_signed
from payments.models import Payment, PaymentHistory
from tests.cast import decide_all, deliver, owes
from tests.gateways.asked import payment_of
from tests.servers import server

SAMPLES = Path(__file__).parent / "samples/upi_razorpay"
INDEX = json.loads((SAMPLES / "_index.json").read_text())
FILES: dict[str, dict[str, Any]] = INDEX["files"]
CONTEXT = INDEX["context"]
SECRET = CONTEXT["webhook_secret"]
CALLBACKS = [name for name, sample in FILES.items() if "X-Razorpay-Signature" in sample.get("headers", {})]
REFUSED = {"edge_bad_signature.json": 401, "malformed_truncated.json": 400}
OWED = 5_000_000

STATES = [
    ("payment.authorized_upi.json", "recorded", "authorized", ""),
    ("payment.captured_upi.json", "settled", "succeeded", ""),
    ("payment.failed_upi.json", "recorded", "failed", "insufficient_funds"),
    ("payment.failed_collect_expired.json", "recorded", "expired", "request_expired"),
    ("edge_vpa_missing_on_failed.json", "recorded", "failed", "cancelled_by_payer"),
]
LATER = ["refund.processed_partial.json", "refund.failed.json", "payment.dispute.created.json"]


def raw(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def decided(body: bytes) -> InboundOutcome:
    (event,) = deliver(body, gateway="upi", kind="event")
    decide_all()
    return InboundOutcome.objects.get(event_id=event.id)


def order(*keys: Key) -> Payment:
    return payment_of(
        "upi", 50_000, "INR", *(keys or (Key("order", "order_SampleAAAA001"),)), account=owes("S004", 50_000, "INR")
    )


def owed() -> int:
    return balance(chart.student("S004", "INR"))


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "verdict", "status", "reason"), STATES)
def test_what_an_event_tells_about_a_payment(name: str, verdict: str, status: str, reason: str):
    payment = order()
    outcome = decided(raw(name))
    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    payment.refresh_from_db()
    assert payment.status == status
    assert owed() == OWED - (50_000 if status == "succeeded" else 0)
    assert decided(raw(name)).verdict == "duplicate"


@pytest.mark.django_db
@pytest.mark.parametrize("name", LATER)
def test_what_belongs_to_later_is_kept_for_it(name: str):
    outcome = decided(raw(name))
    assert (outcome.verdict, outcome.reason) == ("quarantined", "not_yet_handled")


@pytest.mark.django_db
def test_a_failure_and_then_a_capture_of_the_same_payment_is_normal():
    payment = order()
    for name in (
        "payment.failed_upi.json",
        "payment.authorized_upi.json",
        "payment.captured_upi.json",
        "payment.failed_upi.json",
    ):
        decided(raw(name))
    payment.refresh_from_db()
    assert (payment.status, owed()) == ("succeeded", OWED - 50_000)
    steps = PaymentHistory.objects.filter(payment_id=payment.id).order_by("id").values_list("to_status", flat=True)
    assert list(steps) == ["pending", "failed", "authorized", "succeeded"]


def told(name: str, event: str = "", **changes: Any) -> bytes:
    """A sample with some of its payment changed, perhaps under another event's name."""
    body = json.loads(raw(name))
    body["event"] = event or body["event"]
    body["payload"]["payment"]["entity"].update(changes)
    return json.dumps(body).encode()


@pytest.mark.django_db
def test_order_paid_and_payment_captured_are_one_fact():
    order()
    assert decided(told("payment.captured_upi.json", "order.paid")).verdict == "settled"
    assert decided(raw("payment.captured_upi.json")).verdict == "duplicate"
    assert owed() == OWED - 50_000


@pytest.mark.django_db
def test_a_second_payment_of_one_order_is_new_money_and_told():
    order()
    decided(raw("payment.captured_upi.json"))
    outcome = decided(told("payment.captured_upi.json", id="pay_SampleAAAA0002"))
    assert (outcome.verdict, outcome.reason) == ("settled", "second_receipt")


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["01", "RB", "96"])
def test_a_deemed_payment_is_pending_whatever_it_is_called(code: str):
    payment = order()
    decided(told("payment.failed_upi.json", error_reason=None, acquirer_data={"rrn": None, "response_code": code}))
    payment.refresh_from_db()
    assert payment.status == "pending"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": 50_001}, "another_amount"),
        ({"amount": "50000"}, "bad_amount"),
        ({"amount": 500.5}, "bad_amount"),
        ({"amount": 0}, "bad_amount"),
        ({"amount": None}, "bad_amount"),
        ({"amount": True}, "bad_amount"),
        ({"currency": "USD"}, "another_currency"),
        ({"currency": None}, "another_currency"),
        ({"status": "surprised"}, "unknown_word"),
        ({"status": []}, "unknown_word"),
        ({"id": 7}, "bad_reference"),
        ({"order_id": "order_of_nobody"}, "unknown_payment"),
        ({"order_id": None}, "unknown_payment"),
    ],
)
def test_what_cannot_be_trusted_as_it_stands_is_quarantined_and_moves_nothing(changes: dict[str, Any], reason: str):
    order()
    outcome = decided(told("payment.captured_upi.json", **changes))
    assert (outcome.verdict, outcome.reason) == ("quarantined", reason)
    assert owed() == OWED


@pytest.mark.django_db
def test_an_event_that_overtakes_the_answer_finds_its_payment_by_our_label():
    payment = payment_of("upi", 50_000, "INR", account=owes("S004", 50_000, "INR"))
    assert decided(told("payment.captured_upi.json", notes={"bursar_payment": payment.reference})).verdict == "settled"
    assert owed() == OWED - 50_000


@pytest.mark.django_db
def test_a_promise_that_the_gateway_takes_by_itself_is_a_step_on_the_way():
    payment = payment_of("upi", 50_000, "INR", account=owes("S004", 50_000, "INR"))
    notes = {"bursar_payment": payment.reference}
    for told_notes, status in [(notes, "pending"), (notes | {"bursar_capture": "manual"}, "authorized")]:
        decided(told("payment.authorized_upi.json", notes=told_notes))
        payment.refresh_from_db()
        assert payment.status == status


@pytest.mark.django_db
def test_other_events_are_recorded_and_no_more():
    for body in (b'{"event":"payment.downtime.started","payload":{}}', b'{"event":"subscription.charged","payload":{}}'):
        assert (decided(body).verdict, decided(body).reason) == ("recorded", "nothing_said")
    assert decided(b'{"event":"payment.captured","payload":{"payment":[]}}').reason == "bad_shape"


@pytest.mark.parametrize("name", CALLBACKS)
def test_each_signature_is_judged_as_the_index_says(name: str):
    presented = FILES[name]["headers"]["X-Razorpay-Signature"].encode()
    assert is_signed(presented, raw(name), ["another secret", SECRET]) is (name != "edge_bad_signature.json")
    assert not is_signed(presented, raw(name) + b"\n", [SECRET])
    assert not is_signed(presented, raw(name), ["another secret"])
    assert not is_signed(b"", raw(name), [SECRET])


def test_the_return_from_checkout_is_believed_only_when_it_is_signed():
    example = CONTEXT["checkout_signature_example"]
    assert is_checkout_return(**example, key_secret=CONTEXT["key_secret"])
    assert not is_checkout_return(**example | {"payment_id": "pay_other"}, key_secret=CONTEXT["key_secret"])
    assert not is_checkout_return(**example | {"signature": "\u00e4"}, key_secret=CONTEXT["key_secret"])
    known = "b2335e3b0801106b84a7faff035df56ecffde06918c9ddd1f0fafbb37a51cc89"
    assert is_checkout_return(order_id="fake_order_id", payment_id="fake_payment_id", signature=known, key_secret="key_secret")


@pytest.fixture
def door(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    with server(tmp_path / "server.log") as url:
        yield url + "/webhooks/upi"


@pytest.mark.stack
def test_the_door_takes_the_samples_with_their_own_headers(door: str):
    for name in CALLBACKS:
        headers = {"Content-Type": "application/json"} | FILES[name]["headers"]
        answer = httpx2.post(door, content=raw(name), headers=headers, timeout=10)
        assert answer.status_code == REFUSED.get(name, 200), name
    assert InboundEvent.objects.count() == len(CALLBACKS) - len(REFUSED)
    for shape in (b"[]", b'"text"', b"null", b"\xff{}", b"{}", b'{"event":"payment.captured"}', b'{"event":[],"payload":{}}'):
        signature = hmac.new(SECRET.encode(), shape, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Razorpay-Signature": signature}
        assert httpx2.post(door, content=shape, headers=headers, timeout=10).status_code == 400, shape
    # The gateway that sends one does not sign the other's way, and what the third seed's merchants get is no event of ours.
    other = FILES["seed003_payment_created.json"]["headers"] | {"Content-Type": "application/json"}
    assert httpx2.post(door, content=raw("seed003_payment_created.json"), headers=other, timeout=10).status_code == 401
