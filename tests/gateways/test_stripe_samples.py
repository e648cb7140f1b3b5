"""Stripe's samples, byte for byte: what their index says must happen, happens, at the real door and in the books."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.conf import settings

from core.models import ExceptionItem, InboundEvent, InboundOutcome
from payments.evidence import Key
from payments.gateways.stripe.signature import is_signed
from payments.models import Payment, PaymentHistory
from sandbox.signing.stripe import sign
from tests.cast import decide_all, deliver, owed_by, owes
from tests.gateways.asked import payment_of
from tests.servers import server

SAMPLES = Path(__file__).parent / "samples/stripe"
INDEX = json.loads((SAMPLES / "_index.json").read_text())
FILES: dict[str, dict[str, Any]] = INDEX["files"]
CONTEXT = INDEX["context"]
SECRETS = [CONTEXT["webhook_secret"]]
CALLBACKS = [name for name, sample in FILES.items() if sample["kind"] == "callback"]
NOT_AUTHENTIC = {"edge_bad_signature.json", "edge_expired_timestamp.json"}

STATES = [
    ("payment_intent.succeeded.json", "settled", "succeeded", ""),
    ("payment_intent.payment_failed.json", "recorded", "failed", "insufficient_funds"),
    ("payment_intent.requires_action.json", "recorded", "requires_action", ""),
    ("edge_two_v1_rotation.json", "settled", "succeeded", ""),
]
OF_A_PROMISE = [
    ("payment_intent.amount_capturable_updated.json", "recorded", "authorized", ""),
    ("payment_intent.canceled.json", "recorded", "voided", "abandoned"),
]
LATER = [name for name in CALLBACKS if name.startswith(("refund.", "charge."))]


def raw(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def decided(body: bytes) -> InboundOutcome:
    (event,) = deliver(body, gateway="stripe", kind="event")
    decide_all()
    return InboundOutcome.objects.get(event_id=event.id)


@pytest.mark.parametrize("name", CALLBACKS)
def test_each_signature_is_judged_as_the_index_says_at_the_instant_it_was_made(name: str):
    header = FILES[name]["headers"]["Stripe-Signature"].encode()
    assert is_signed(header, raw(name), SECRETS, CONTEXT["signed_at"]) is (name not in NOT_AUTHENTIC)


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "verdict", "status", "reason"), STATES)
def test_what_an_intent_tells_about_a_payment(name: str, verdict: str, status: str, reason: str):
    account = owes("S004", 150_000)
    payment = payment_of("stripe", 250_000, "KES", Key("intent", "pi_3SampleAA0001"), account=account)
    outcome = decided(raw(name))
    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    payment.refresh_from_db()
    assert payment.status == status
    assert owed_by("S004") == 15_000_000 - (250_000 if status == "succeeded" else 0)
    assert decided(raw(name)).verdict == "duplicate"


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "verdict", "status", "reason"), OF_A_PROMISE)
def test_what_an_intent_tells_about_a_promise(name: str, verdict: str, status: str, reason: str):
    payment = payment_of("stripe", 500_000, "KES", Key("intent", "pi_3SampleAA0002"), account=owes("S004", 150_000))
    outcome = decided(raw(name))
    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    payment.refresh_from_db()
    assert payment.status == status
    assert owed_by("S004") == 15_000_000


@pytest.mark.django_db
@pytest.mark.parametrize("name", LATER)
def test_what_belongs_to_later_is_kept_for_it(name: str):
    outcome = decided(raw(name))
    assert (outcome.verdict, outcome.reason) == ("quarantined", "not_yet_handled")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["edge_unknown_event_type.json", "edge_thin_v2_event.json", "setup_intent.succeeded.json"])
def test_what_says_nothing_about_a_payment_is_recorded_and_no_more(name: str):
    outcome = decided(raw(name))
    assert (outcome.verdict, outcome.reason) == ("recorded", "nothing_said")
    assert not Payment.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "word",
    ["payment_intent.partially_funded", "customer_cash_balance_transaction.created", "cash_balance.funds_available"],
)
def test_money_that_lies_at_stripe_and_that_no_payment_took_is_shown_to_staff(word: str):
    payment_of("stripe", 250_000, "KES", Key("intent", "pi_3SampleAA0001"), account=owes("S004", 150_000))
    outcome = decided(told("payment_intent.requires_action.json", type=word))
    assert (outcome.verdict, outcome.reason) == ("quarantined", "unclaimed_money")
    assert (ExceptionItem.objects.get().reason, owed_by("S004")) == ("unclaimed_money", 15_000_000)
    # The same from a test account, or another's, is still no business of ours.
    assert decided(told("payment_intent.requires_action.json", type=word, livemode=True)).reason == "another_mode"


@pytest.mark.django_db
def test_a_failed_attempt_that_succeeds_after_all_is_real_money():
    payment = payment_of("stripe", 250_000, "KES", Key("intent", "pi_3SampleAA0001"), account=owes("S004", 150_000))
    decided(raw("payment_intent.payment_failed.json"))
    assert decided(raw("payment_intent.succeeded.json")).verdict == "settled"
    assert decided(raw("payment_intent.payment_failed.json")).reason == "outranked"
    steps = PaymentHistory.objects.filter(payment_id=payment.id).order_by("id").values_list("to_status", flat=True)
    assert list(steps) == ["pending", "failed", "succeeded"]


def told(name: str, **changes: Any) -> bytes:
    """A sample with some of it changed: `intent__amount=1`, `livemode=True`."""
    event = json.loads(raw(name))
    for path, value in changes.items():
        holder = event["data"]["object"] if path.startswith("intent__") else event
        holder[path.removeprefix("intent__")] = value
    return json.dumps(event).encode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"livemode": True}, "another_mode"),
        ({"livemode": None}, "another_mode"),
        ({"account": "acct_other"}, "another_account"),
        ({"intent__amount_received": 250_001}, "another_amount"),
        ({"intent__currency": "usd"}, "another_currency"),
        ({"intent__currency": "xxx"}, "unknown_currency"),
        ({"intent__currency": None}, "unknown_currency"),
        ({"intent__amount_received": "250000"}, "bad_amount"),
        ({"intent__amount_received": 2500.5}, "bad_amount"),
        ({"intent__amount_received": -1}, "bad_amount"),
        ({"intent__amount_received": 0}, "bad_amount"),
        ({"intent__amount_received": None}, "bad_amount"),
        ({"intent__amount_received": True}, "bad_amount"),
        ({"intent__id": ["pi"]}, "bad_reference"),
        ({"intent__status": "surprised"}, "unknown_word"),
        ({"intent__status": {}}, "unknown_word"),
        ({"intent__id": "pi_of_somebody_else"}, "unknown_payment"),
        ({"intent__metadata": {"student": "S:4"}}, "bad_student"),
        ({"intent__object": "charge"}, "bad_shape"),
        ({"data": []}, "bad_shape"),
        ({"data": {"object": None}}, "bad_shape"),
    ],
)
def test_what_cannot_be_trusted_as_it_stands_is_quarantined_and_moves_nothing(changes: dict[str, Any], reason: str):
    payment_of("stripe", 250_000, "KES", Key("intent", "pi_3SampleAA0001"), account=owes("S004", 150_000))
    outcome = decided(told("payment_intent.succeeded.json", **changes))
    assert (outcome.verdict, outcome.reason) == ("quarantined", reason)
    assert owed_by("S004") == 15_000_000


@pytest.mark.django_db
def test_a_link_made_in_the_dashboard_may_name_its_student():
    owes("S004", 150_000)
    body = told("payment_intent.succeeded.json", intent__metadata={"student": "S004"})
    assert decided(body).verdict == "settled"
    assert owed_by("S004") == 15_000_000 - 250_000
    assert decided(body).verdict == "duplicate"


@pytest.mark.django_db
def test_an_event_that_overtakes_the_answer_finds_its_payment_by_our_label():
    payment = payment_of("stripe", 250_000, "KES", account=owes("S004", 150_000))
    body = told("payment_intent.succeeded.json", intent__metadata={"bursar_payment": payment.reference})
    assert decided(body).verdict == "settled"
    payment.refresh_from_db()
    assert payment.status == "succeeded"


@pytest.fixture
def door(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    with server(tmp_path / "server.log") as url:
        yield url + "/webhooks/stripe"


def post(door: str, body: bytes, **headers: str) -> httpx2.Response:
    return httpx2.post(door, content=body, headers={"Content-Type": "application/json; charset=utf-8"} | headers, timeout=10)


def signed(body: bytes, at: datetime | None = None) -> dict[str, str]:
    return sign(body, settings.GATEWAYS["stripe"], at or datetime.now(UTC))[1]


@pytest.mark.stack
def test_the_door_takes_what_is_signed_now_and_nothing_else(door: str):
    for name in CALLBACKS:
        answer = post(door, raw(name), **signed(raw(name)))
        assert answer.status_code == (400 if name.startswith("malformed_") else 200), name
    assert InboundEvent.objects.count() == len(CALLBACKS) - 1
    for name in CALLBACKS:  # as they were signed, months ago
        assert post(door, raw(name), **FILES[name]["headers"]).status_code == 400, name
    body, now = raw("payment_intent.succeeded.json"), datetime.now(UTC).timestamp()
    for at in (now - 900, now + 900):
        assert post(door, body, **signed(body, datetime.fromtimestamp(at, UTC))).status_code == 400
    for shape in (b"[]", b"[{}]", b'"text"', b"null", b"\xff\xfe{}", b"{}", b'{"id":1,"object":"event","type":[]}'):
        assert post(door, shape, **signed(shape)).status_code == 400, shape
    for header in ("", "t=,v1=", "v1=abc", f"t={int(now)}", f"t={int(now)},t={int(now)},v1=00", "t=\u0661,v1=0", "x" * 5000):
        assert post(door, body, **{"Stripe-Signature": header.encode("latin-1", "replace").decode("latin-1")}).status_code == 400
    assert InboundEvent.objects.count() == len(CALLBACKS) - 1
