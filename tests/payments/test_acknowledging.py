"""A gateway that waits for our word gets it once the payment is settled: once, again until it is taken, and never before."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from core.models import ExceptionItem
from payments.evidence import Evidence, Key
from payments.gateways.outbound import OURS
from payments.models import Payment, PaymentAttempt
from payments.services import acknowledging, asking, breaking
from payments.services.settling import settle
from payments.statuses import Status
from tests.cast import owes
from tests.gateways.asked import payment_of
from tests.gateways.saying import Saying

pytestmark = pytest.mark.django_db
QUERY, ACKNOWLEDGE = "GET /v3/checkout-api/query/", "POST /v3/checkout-api/acknowledgement"
State, Operation = PaymentAttempt.Status, PaymentAttempt.Operation


@pytest.fixture
def payment(tingg: Saying) -> Payment:
    """Claimed to be paid; the query confirms it."""
    payment = payment_of("cellulant", 100_000, "KES", Key(OURS, "TG-1"), account=owes("S004", 5_000))
    row = {"cpg_transaction_id": "7001", "amount_paid": 1000, "currency_code": "KES", "payment_status": "SUCCESS"}
    checkout = {
        "merchant_transaction_id": "TG-1",
        "checkout_request_id": 1,
        "request_status_code": 178,
        "request_currency_code": "KES",
        "payments": [row],
    }
    tingg.says[QUERY] = (200, json.dumps({"status": {"status_code": 200}, "results": checkout}).encode())
    claim = Evidence("cellulant", "tingg", (Key(OURS, "TG-1"),), Status.PENDING, 0, "KES", claimed_minor=100_000)
    with transaction.atomic():
        settle([claim])
    return payment


def send(operation: str) -> int:
    """Send what waits, however long it should wait."""
    waiting = PaymentAttempt.objects.filter(status=State.PREPARED, operation=operation)
    waiting.update(send_after=timezone.now())
    breaking.note_answer("cellulant")
    return sum(asking.send(key) for key in waiting.values_list("pk", flat=True))


def told(*states: str) -> int:
    return PaymentAttempt.objects.filter(operation=Operation.ACKNOWLEDGE, status__in=states or State.values).count()


def says(code: int, words: str = "") -> tuple[int, bytes]:
    return 200, json.dumps({"status": {"status_code": code, "status_description": words}}).encode()


def test_it_is_written_with_the_settlement_and_sent_once(payment: Payment, tingg: Saying):
    tingg.says[ACKNOWLEDGE] = says(200)
    assert told() == 0
    assert send("query") == 1
    assert (told(State.PREPARED), len(tingg.asked(ACKNOWLEDGE))) == (1, 0)
    assert send("acknowledge") == 1
    PaymentAttempt.objects.create(
        payment_id=payment.id,
        gateway="cellulant",
        operation=Operation.QUERY,
        amount_minor=0,
        actor="staff:grace",
        prepared_at=timezone.now(),
        send_after=timezone.now(),
    )
    assert send("query") == 1, "staff ask once more"
    assert (told(), told(State.ANSWERED)) == (1, 1)


def test_what_is_not_paid_in_full_is_not_acknowledged(payment: Payment, tingg: Saying):
    part = tingg.says[QUERY][1].replace(b'"amount_paid": 1000', b'"amount_paid": 400')  # type: ignore[union-attr]
    tingg.says[QUERY] = (200, part)
    assert send("query") == 1
    payment.refresh_from_db()
    assert (payment.status, told()) == ("partially_paid", 0)


@pytest.mark.parametrize("trouble", [(500, b""), (200, b"<html>"), says(1007, "Request is not fully paid")])
def test_it_is_sent_until_it_is_taken(payment: Payment, tingg: Saying, trouble: tuple[int, bytes]):
    tingg.says[ACKNOWLEDGE] = [trouble, trouble, says(1007, "Request is already acknowledged")]
    send("query")
    assert [send("acknowledge") for _ in range(4)] == [1, 1, 1, 0]
    assert told(State.ANSWERED) == 1


def test_what_died_with_its_worker_is_sent_again(payment: Payment, tingg: Saying):
    tingg.says[ACKNOWLEDGE] = says(200)
    send("query")
    long_ago = timezone.now() - timedelta(minutes=5)
    PaymentAttempt.objects.filter(operation=Operation.ACKNOWLEDGE).update(status=State.SENT, sent_at=long_ago, tries=1)
    assert asking.give_up_silent() == 1
    assert send("acknowledge") == 1
    assert told(State.ANSWERED) == 1


def test_what_is_never_taken_is_shown_to_staff(payment: Payment, tingg: Saying):
    tingg.says[ACKNOWLEDGE] = (500, b"")
    send("query")
    for _ in range(len(acknowledging.AGAIN) + 1):
        assert not ExceptionItem.objects.exists()
        assert send("acknowledge") == 1
    assert send("acknowledge") == 0
    assert ExceptionItem.objects.get().reason == "acknowledgement_not_taken"
    payment.refresh_from_db()
    assert payment.status == "succeeded"
