"""Monnify's samples, byte for byte: what their index says must happen, happens, at the real door and in the books."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from core.models import ExceptionItem, InboundEvent, InboundOutcome, InboundReject
from ledger import chart
from ledger.services.balances import balance
from payments.evidence import Key
from payments.gateways.outbound import OURS
from payments.models import Payment, PaymentAttempt
from payments.services import asking
from tests.cast import decide_all, deliver, owes
from tests.gateways.asked import payment_of
from tests.gateways.saying import Saying, saying
from tests.servers import server

SAMPLES = Path(__file__).parent / "samples/monnify"
INDEX = json.loads((SAMPLES / "_index.json").read_text())
FILES: dict[str, dict[str, Any]] = INDEX["files"]
KNOWN_ANSWER_SECRET = "91MUDL9N6U3BQRXBQ2PJ9M0PW4J22M1Y"
CALLBACKS = [name for name, sample in FILES.items() if sample["kind"] == "callback"]
REFUSED = {"edge_bad_signature.json": 401, "malformed_refund_amount.json": 400}
STATUS = "GET /api/v2/transactions/MNFY%7C20%7C20260314112800%7C000123"
LOGIN = "POST /api/v1/auth/login"
LATER = [
    "successful_refund.json",
    "failed_refund.json",
    "successful_disbursement.json",
    "failed_disbursement.json",
    "reversed_disbursement.json",
    "settlement.json",
]
PAID = ["successful_transaction_transfer.json", "successful_transaction_card.json", "edge_pretty_printed_signed_raw.json"]


def raw(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@pytest.fixture
def monnify(settings: Any):
    with saying() as gateway:
        ours = settings.GATEWAYS["monnify"] | {"base_url": gateway.url}
        settings.GATEWAYS = settings.GATEWAYS | {"monnify": ours}
        gateway.says[LOGIN] = (200, raw("resp_login.json"))
        yield gateway


def decided(name: str) -> InboundOutcome:
    (event,) = deliver(raw(name), gateway="monnify", kind="webhook")
    decide_all()
    return InboundOutcome.objects.get(event_id=event.id)


def asked_for() -> Payment:
    return payment_of("monnify", 300_000, "NGN", Key(OURS, "ord-5001"), account=owes("S004", 50_000, "NGN"))


def status_of(**changed: Any) -> tuple[int, bytes]:
    """The sample's answer, with what is changed in it."""
    told = json.loads(raw("resp_status_paid.json"))
    told["responseBody"] |= changed
    return 200, json.dumps(told).encode()


def ask() -> int:
    """Send the questions that wait, as the worker does."""
    waiting = PaymentAttempt.objects.filter(status=PaymentAttempt.Status.PREPARED, operation=PaymentAttempt.Operation.QUERY)
    return sum(asking.send(key) for key in waiting.values_list("pk", flat=True))


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_the_door_takes_what_is_signed_and_refuses_the_rest(tmp_path: Path):
    secrets = f"{INDEX['context']['client_secret']},{KNOWN_ANSWER_SECRET}"
    with server(tmp_path / "server.log", MONNIFY_SECRET_KEY=secrets) as url:
        for name in CALLBACKS:
            headers = {"Content-Type": "application/json"} | FILES[name]["headers"]
            for path in ("/webhooks/monnify", "/payments/monnify/webhook"):
                answer = httpx2.post(url + path, content=raw(name), headers=headers, timeout=10)
                assert answer.status_code == REFUSED.get(name, 200), name
        unsigned = httpx2.post(f"{url}/webhooks/monnify", content=raw(PAID[0]), headers={"Content-Type": "application/json"})
        assert unsigned.status_code == 401
        mocked = {"transactionReference": "MNFY|1", "paymentReference": "x", "amountPaid": 10, "paymentStatus": "PAID"}
        answer = httpx2.post(f"{url}/webhooks/monnify", json=mocked, headers={"monnify-signature": "mocked"})
        assert answer.status_code == 401, "the mock's body is taken only where the settings say so"
    assert InboundEvent.objects.count() == 2 * (len(CALLBACKS) - len(REFUSED))
    assert InboundReject.objects.filter(status=400).exists(), "the broken body is kept for review"


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAID)
def test_a_payment_is_captured_after_a_status_query_agrees(monnify: Saying, name: str):
    payment = asked_for()
    outcome = decided(name)
    assert (outcome.verdict, outcome.reason) == ("recorded", "to_be_confirmed")
    assert balance(chart.student("S004", "NGN")) == 5_000_000, "a claim books nothing"
    monnify.says[STATUS] = (200, raw("resp_status_paid.json"))
    assert ask() == 1
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor) == ("succeeded", 300_000)
    assert balance(chart.student("S004", "NGN")) == 4_700_000
    again = decided(name)
    assert again.verdict == "duplicate"
    assert ask() == 0, "what is booked is not asked about"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "amount", "status", "received"),
    [
        ("edge_partially_paid.json", "1200.00", "PARTIALLY_PAID", 120_000),
        ("edge_overpaid.json", "3500.00", "OVERPAID", 350_000),
    ],
)
def test_what_came_is_booked_be_it_less_or_more(monnify: Saying, name: str, amount: str, status: str, received: int):
    payment = asked_for()
    assert decided(name).reason == "to_be_confirmed"
    monnify.says[STATUS] = status_of(amountPaid=amount, paymentStatus=status)
    assert ask() == 1
    payment.refresh_from_db()
    assert payment.received_minor == received
    assert payment.status == ("partially_paid" if received < 300_000 else "succeeded")
    assert ExceptionItem.objects.filter(reason="overpaid").exists() is (received > 300_000)


@pytest.mark.django_db
def test_a_transfer_to_a_reserved_account_is_credited_to_whom_it_is_reserved_for(monnify: Saying):
    account = owes("cust-42", 10_000, "NGN")
    assert decided("successful_transaction_reserved_account.json").reason == "to_be_confirmed"
    payment = Payment.objects.get()
    assert (payment.account, payment.status, payment.amount_minor) == (account, "pending", 0)
    theirs = "MNFY|76|20260314115500|000777"
    monnify.says["GET /api/v2/transactions/MNFY%7C76"] = status_of(
        transactionReference=theirs, paymentReference=theirs, amountPaid="5250.50", totalPayable="5250.50"
    )
    assert ask() == 1
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor) == ("succeeded", 525_050)
    assert balance(account) == 1_000_000 - 525_050
    assert decided("successful_transaction_reserved_account.json").verdict == "duplicate"


@pytest.mark.django_db
def test_a_transfer_for_nobody_waits_in_suspense(monnify: Saying):
    assert decided("successful_transaction_reserved_account.json").reason == "to_be_confirmed"
    theirs = "MNFY|76|20260314115500|000777"
    monnify.says["GET /api/v2/transactions/MNFY%7C76"] = status_of(
        transactionReference=theirs, paymentReference=theirs, amountPaid="5250.50", totalPayable="5250.50"
    )
    assert ask() == 1
    assert balance(chart.suspense("NGN")) == 525_050
    assert ExceptionItem.objects.get().reason == "unknown_account"


@pytest.mark.django_db
def test_the_published_known_answer_is_about_no_payment_of_ours():
    assert (decided("known_answer_offline_cash.json").reason) == "unknown_payment"


@pytest.mark.django_db
def test_a_rejected_transfer_fails_the_payment_until_one_is_taken(monnify: Saying):
    payment = asked_for()
    assert decided("rejected_payment_underpaid.json").verdict == "recorded"
    payment.refresh_from_db()
    assert payment.status == "failed"
    assert balance(chart.student("S004", "NGN")) == 5_000_000
    assert decided(PAID[0]).reason == "to_be_confirmed"
    monnify.says[STATUS] = (200, raw("resp_status_paid.json"))
    assert ask() == 1
    payment.refresh_from_db()
    assert payment.status == "succeeded"


@pytest.mark.django_db
@pytest.mark.parametrize("name", LATER)
def test_what_is_not_handled_yet_is_stored_for_later(name: str):
    asked_for()
    outcome = decided(name)
    assert (outcome.verdict, outcome.reason) == ("quarantined", "not_yet_handled")
    assert balance(chart.student("S004", "NGN")) == 5_000_000


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["MANDATE_UPDATE", "ACCOUNT_ACTIVITY", "LOW_BALANCE_ALERT"])
def test_news_of_no_payment_is_acknowledged_and_left_alone(word: str):
    (event,) = deliver(json.dumps({"eventType": word, "eventData": {}}).encode(), gateway="monnify", kind="webhook")
    decide_all()
    assert InboundOutcome.objects.get(event_id=event.id).verdict == "recorded"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("ABANDONED", "cancelled", "abandoned"),
        ("CANCELLED", "cancelled", "cancelled_by_payer"),
        ("EXPIRED", "expired", "nobody_paid_in_time"),
        ("FAILED", "failed", "declined"),
        ("PENDING", "requires_action", ""),
    ],
)
def test_each_status_without_money_has_its_state(monnify: Saying, status: str, state: str, reason: str):
    payment = asked_for()
    told = json.loads(raw(PAID[0]))
    told["eventData"]["paymentStatus"] = status
    deliver(json.dumps(told).encode(), gateway="monnify", kind="webhook")
    decide_all()
    payment.refresh_from_db()
    assert payment.status == state
    assert InboundOutcome.objects.get().reason == reason


@pytest.mark.django_db
def test_the_mocks_flat_body_is_a_claim_like_any_other(settings: Any, monnify: Saying):
    settings.GATEWAYS = settings.GATEWAYS | {"monnify": settings.GATEWAYS["monnify"] | {"takes_mock_body": True}}
    payment = asked_for()
    flat = {
        "transactionReference": "MNFY|20|20260314112800|000123",
        "paymentReference": "ord-5001",
        "amountPaid": 3000,
        "paymentStatus": "PAID",
        "paymentMethod": "ACCOUNT_TRANSFER",
        "paidOn": "2026-03-14T11:28:42.615+0000",
    }
    deliver(json.dumps(flat).encode(), gateway="monnify", kind="webhook")
    decide_all()
    monnify.says[STATUS] = (200, raw("resp_status_paid.json"))
    assert ask() == 1
    payment.refresh_from_db()
    assert payment.status == "succeeded"
