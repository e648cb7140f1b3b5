"""What came of a call is written whatever else happens, and nobody's word about a payment overwrites what came first."""

from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from core.models import Event, ExceptionItem
from payments.evidence import AmountRule
from payments.gateways.mpesa.outbound import PUSH
from payments.models import GatewayState, NaturalKey, Order, Payment, PaymentAttempt, PaymentRequest
from payments.services import asking, polling
from payments.services.our_word import settle_our_word
from payments.services.working import sweep
from payments.statuses import Status
from tests.gateways.mpesa_cast import CHECKOUT
from tests.gateways.saying import Saying
from tests.payments.shop import a_merchant, an_order, asked_for, settled, success
from tests.racing import overlap

pytestmark = pytest.mark.django_db(transaction=True)
PROMPT = f"POST {PUSH}"


@pytest.fixture
def payment() -> Payment:
    return asked_for(an_order(a_merchant()))


def attempt_of(payment: Payment) -> PaymentAttempt:
    return PaymentAttempt.objects.get(payment_id=payment.id, operation="charge")


def hang_up_on(pid: int) -> None:
    with psycopg.connect(**connection.get_connection_params()) as another:
        another.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_an_answer_is_kept_though_the_database_hung_up_during_the_call(daraja: Saying, payment: Payment):
    pid = connection.connection.info.backend_pid
    accepted = daraja.answer

    def accepted_meanwhile(heard: Any) -> tuple[int, bytes]:
        if heard.method == "POST":
            hang_up_on(pid)
        return accepted(heard)

    daraja.answer = accepted_meanwhile  # type: ignore[method-assign]
    try:
        assert asking.send(attempt_of(payment).pk)
    finally:
        connection.close()
    assert attempt_of(payment).status == "answered"
    assert NaturalKey.objects.filter(payment_id=payment.id, kind="checkout").exists()


def test_what_no_row_can_hold_is_cut_out_of_a_gateways_words(daraja: Saying, payment: Payment):
    words = rb'{"errorCode": "400.002.02", "errorMessage": "Bad Request - callback \u0000 \ud800"}'
    daraja.says[PROMPT] = (400, words)
    assert asking.send(attempt_of(payment).pk)
    assert "callback" in attempt_of(payment).detail
    assert "callback" in GatewayState.objects.get(pk="mpesa").last_error


def test_one_call_that_can_not_be_closed_keeps_nothing_else_from_it(payment: Payment, poison: Any):
    other = asked_for(an_order(a_merchant("Soko")))
    PaymentAttempt.objects.update(status="sent", send_after=None, sent_at=timezone.now() - 2 * asking.UNANSWERED_AFTER)
    Order.objects.update(expires_at=timezone.now())
    poison(payment)
    sweep()
    assert [attempt_of(payment).status, attempt_of(other).status] == ["sent", "unknown"]
    assert set(Order.objects.values_list("status", flat=True)) == {"expired"}


def test_a_charge_is_withdrawn_while_a_worker_is_about_to_send_it(payment: Payment, daraja: Saying):
    def withdrawn() -> None:
        settle_our_word(payment, kind="withdrawn", status=Status.CANCELLED, actor="user:payer", reason="withdrawn")

    attempt = attempt_of(payment)
    took_back, sent = overlap(lambda: asking.take_back(payment.id, "withdrawn"), lambda: asking.send(attempt.pk), then=withdrawn)
    assert (took_back, sent) == (True, False)
    assert (attempt_of(payment).status, Payment.objects.get().status) == ("refused", "cancelled")
    assert not daraja.asked(PROMPT)


def test_an_answer_comes_while_the_ladder_ends(payment: Payment, daraja: Saying):
    """Both write the payment and its request: in the same order."""
    PaymentRequest.objects.update(expires_at=timezone.now())
    attempt = attempt_of(payment)
    PaymentAttempt.objects.update(status="sent", send_after=None, sent_at=timezone.now())
    lock = Payment.objects.select_for_update(no_key=True)
    _, answered = overlap(
        lambda: lock.get(pk=payment.id), lambda: asking.make(attempt), then=lambda: polling.conclude(payment.id)
    )
    assert answered is True
    assert (attempt_of(payment).status, Payment.objects.get().status) == ("answered", "expired")
    assert NaturalKey.objects.filter(payment_id=payment.id, reference=CHECKOUT).exists() is True


def ask_at_the_end(payment: Payment) -> None:
    """The last question was answered: the payer's time is over."""
    PaymentRequest.objects.update(expires_at=timezone.now())
    polling.asked(payment.id, answered=True)


def test_a_failure_that_is_told_while_the_ladder_ends_stands(payment: Payment):
    failed = success(payment, "")._replace(status=Status.FAILED, movement=None, amount_minor=0, reason="insufficient_funds")
    overlap(lambda: settled(failed), lambda: ask_at_the_end(payment))
    assert Payment.objects.get().status == "failed"
    assert list(Event.objects.filter(type__startswith="payment.").values_list("type", flat=True).order_by("id")) == [
        "payment.created",
        "payment.failed",
    ]


def test_the_rest_that_comes_while_the_ladder_ends_is_no_matter_for_staff(payment: Payment):
    settled(success(payment, "R1", 40_000, AmountRule.PAYER_DECIDES))
    ExceptionItem.objects.all().delete()
    rest = success(payment, "R2", 60_000, AmountRule.PAYER_DECIDES)
    overlap(lambda: settled(rest), lambda: ask_at_the_end(payment))
    assert Payment.objects.get().status == "succeeded"
    assert not ExceptionItem.objects.exists()
