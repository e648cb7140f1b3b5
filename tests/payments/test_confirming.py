"""A claim books nothing, is asked about in any state of its payment, and is never forgotten."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.models import ExceptionItem
from ledger import chart
from ledger.services.balances import balance
from payments.evidence import Evidence, Key
from payments.models import Payment, PaymentAttempt
from payments.services import asking, breaking, confirming
from payments.services.settling import settle
from payments.statuses import Status
from tests.cast import owes
from tests.gateways.asked import payment_of
from tests.gateways.saying import Saying, saying

pytestmark = pytest.mark.django_db
THEIRS = Key("transaction", "MNFY|1")
STATUS = "GET /api/v2/transactions/"


@pytest.fixture
def monnify(settings: Any):
    with saying() as gateway:
        settings.GATEWAYS = settings.GATEWAYS | {"monnify": settings.GATEWAYS["monnify"] | {"base_url": gateway.url}}
        login = '{"requestSuccessful":true,"responseBody":{"accessToken":"a","expiresIn":3567}}'
        gateway.says["POST /api/v1/auth/login"] = (200, login.encode())
        yield gateway


@pytest.fixture
def payment() -> Payment:
    return payment_of("monnify", 300_000, "NGN", THEIRS, account=owes("S004", 50_000, "NGN"))


def claim(claimed_minor: int = 300_000, **more: Any) -> Evidence:
    said = Evidence("monnify", "webhook", (THEIRS,), Status.PENDING, 0, "NGN", claimed_minor=claimed_minor)
    return said._replace(**more)


def hear(*claims: Evidence) -> list[Any]:
    with transaction.atomic():
        return settle(claims)


def status(paid: str, word: str = "PAID") -> tuple[int, bytes]:
    body = f'{{"transactionReference":"MNFY|1","amountPaid":"{paid}","currency":"NGN","paymentStatus":"{word}"}}'
    return 200, f'{{"requestSuccessful":true,"responseBody":{body}}}'.encode()


def questions() -> list[PaymentAttempt]:
    return list(PaymentAttempt.objects.filter(status=PaymentAttempt.Status.PREPARED, operation="query").order_by("pk"))


def ask_all() -> None:
    """Ask whatever waits, however long it should wait."""
    for attempt in questions():
        PaymentAttempt.objects.filter(pk=attempt.pk).update(send_after=timezone.now())
        assert asking.send(attempt.pk)


def test_twenty_claims_of_one_fact_are_one_question(payment: Payment):
    assert {outcome.reason for outcome in hear(*[claim()] * 10)} == {"to_be_confirmed"}
    hear(*[claim()] * 10)
    (question,) = questions()
    assert (question.amount_minor, question.actor) == (300_000, confirming.ACTOR)
    assert balance(chart.student("S004", "NGN")) == 5_000_000


def test_the_answer_books_whatever_was_claimed(payment: Payment, monnify: Saying):
    hear(claim(310_000))
    monnify.says[STATUS] = status("3000.00")
    ask_all()
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor) == ("succeeded", 300_000)
    for _ in range(confirming.CONTRADICTED):
        assert not ExceptionItem.objects.exists()
        ask_all()
    assert not questions()
    item = ExceptionItem.objects.get()
    assert (item.reason, item.amount_minor) == ("claim_unconfirmed", 310_000)


def test_a_claim_of_less_than_the_answer_is_content(payment: Payment, monnify: Saying):
    hear(claim(290_000))
    monnify.says[STATUS] = status("3000.00")
    ask_all()
    assert not questions()
    assert [outcome.verdict for outcome in hear(claim(300_000))] == ["duplicate"]
    assert not questions()


def test_a_claim_about_an_expired_payment_is_asked_about(payment: Payment, monnify: Saying):
    hear(claim(0, status=Status.EXPIRED))
    hear(claim())
    monnify.says[STATUS] = status("3000.00")
    ask_all()
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor) == ("succeeded", 300_000)


@pytest.mark.parametrize("answer", [(500, b"{}"), (404, b'{"requestSuccessful":false}'), status("0.00", "PENDING")])
def test_a_question_that_confirms_nothing_is_asked_again_and_at_last_shown_to_staff(
    payment: Payment, monnify: Saying, answer: tuple[int, bytes], settings: Any
):
    settings.GATEWAY_PACE_PERCENT = 100
    hear(claim())
    monnify.says[STATUS] = answer
    for pause in (0, *confirming.AGAIN):
        (question,) = questions()
        assert question.send_after is not None
        assert abs(question.send_after - question.prepared_at - timedelta(seconds=pause)) < timedelta(seconds=1)
        breaking.note_answer("monnify")  # the breaker has tests of its own
        ask_all()
    assert not questions()
    assert ExceptionItem.objects.get().reason == "claim_unconfirmed"
    assert balance(chart.student("S004", "NGN")) == 5_000_000


def test_a_question_whose_worker_died_is_asked_again(payment: Payment, monnify: Saying):
    hear(claim())
    long_ago = timezone.now() - timedelta(minutes=5)
    PaymentAttempt.objects.update(status=PaymentAttempt.Status.SENT, sent_at=long_ago, tries=1)
    assert asking.give_up_silent() == 1
    monnify.says[STATUS] = status("3000.00")
    ask_all()
    payment.refresh_from_db()
    assert payment.status == "succeeded"


PART, REST = Key("cpg_transaction", "1"), Key("cpg_transaction", "2")
CHECKED_OUT = "GET /v3/checkout-api/query/"


@pytest.fixture
def in_parts() -> Payment:
    """A checkout of KES 1,000 at Tingg, which is paid in parts."""
    return payment_of("cellulant", 100_000, "KES", Key("checkout", "7"), account=owes("S004", 5_000))


def parts(payment: Payment, **majors: int) -> tuple[int, bytes]:
    """The query's answer: these parts were paid, in shillings, `_1` and `_2`."""
    rows = [{"cpg_transaction_id": name[1:], "amount_paid": major, "currency_code": "KES"} for name, major in majors.items()]
    told = {"merchant_transaction_id": payment.reference, "checkout_request_id": 7, "request_status_code": 177}
    answer = {"status": {"status_code": 200}, "results": told | {"request_currency_code": "KES", "payments": rows}}
    return 200, json.dumps(answer).encode()


def part(key: Key, claimed_minor: int) -> Evidence:
    keys = (Key("checkout", "7"), key)
    return Evidence("cellulant", "tingg", keys, Status.PENDING, 0, "KES", claimed_minor=claimed_minor)


def test_other_money_of_the_payment_does_not_confirm_a_claim(in_parts: Payment, tingg: Saying):
    hear(part(PART, 60_000))
    tingg.says[CHECKED_OUT] = parts(in_parts, _1=600)
    ask_all()
    assert not questions()
    hear(part(PART, 60_000), part(REST, 40_000))
    ask_all()  # Tingg's answer lags behind its webhook
    assert [question.amount_minor for question in questions()] == [40_000]
    tingg.says[CHECKED_OUT] = parts(in_parts, _1=600, _2=400)
    ask_all()
    assert not questions()
    in_parts.refresh_from_db()
    assert (in_parts.status, in_parts.received_minor) == ("succeeded", 100_000)
    assert not ExceptionItem.objects.exists()


def test_a_part_that_is_never_confirmed_is_shown_to_staff_by_its_name(in_parts: Payment, tingg: Saying):
    hear(part(PART, 60_000), part(REST, 40_000))
    tingg.says[CHECKED_OUT] = parts(in_parts, _1=600)
    for _ in (0, *confirming.AGAIN):
        ask_all()
    assert not questions()
    item = ExceptionItem.objects.get()
    assert (item.reason, item.detail.endswith("nothing of 2.")) == ("claim_unconfirmed", True)


@pytest.mark.parametrize("other", [{"actor": "staff:david", "amount_minor": 300_000}, {"amount_minor": 100_000}])
def test_a_question_of_anothers_or_about_less_does_not_stand_for_a_claim(payment: Payment, other: dict[str, Any]):
    now = timezone.now()
    waiting: dict[str, Any] = {"actor": confirming.ACTOR, "prepared_at": now, "send_after": now} | other
    PaymentAttempt.objects.create(payment_id=payment.id, gateway="monnify", operation="query", **waiting)
    hear(claim())
    hear(claim())
    first, second = questions()
    assert (first.actor, first.amount_minor) == (waiting["actor"], waiting["amount_minor"])
    assert (second.actor, second.amount_minor) == (confirming.ACTOR, 300_000)


def test_a_claim_for_a_stranger_asks_nothing():
    (outcome,) = hear(claim())
    assert (outcome.verdict, outcome.reason) == ("quarantined", "unknown_payment")
    assert not questions()


def test_a_claim_in_another_currency_asks_nothing(payment: Payment):
    (outcome,) = hear(claim(currency="KES"))
    assert (outcome.verdict, outcome.reason) == ("quarantined", "another_currency")
    assert not questions()
