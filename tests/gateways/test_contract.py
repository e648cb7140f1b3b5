"""One contract, every gateway: whatever happens on the wire, a payment ends known, settled once, and for what was really paid."""

import re
from typing import Any

import httpx2
import pytest
from django.utils import timezone

from core.models import ExceptionItem, InboundEvent, InboundOutcome
from ledger.services.balances import balance
from payments.gateways.registry import OUTBOUND
from payments.ladders import AFTERWARDS
from payments.models import NaturalKey, Order, Payment, PaymentAttempt, PaymentRequest, PaymentRoute
from payments.services.instructing import sync
from payments.services.polling import conclude
from tests.cast import decide_all, deliver
from tests.gateways.cases import CASES, Case
from tests.gateways.stage import Stage, was_sent, was_tried
from tests.racing import race

pytestmark = pytest.mark.stack


@pytest.fixture(params=CASES, ids=str)
def case(request: Any) -> Case:
    return request.param  # type: ignore[no-any-return]


@pytest.mark.django_db
def test_every_way_that_is_open_leads_to_a_gateway_of_the_contract():
    # Its mark has the test database made, which the others use without emptying it.
    assert {case.gateway for case in CASES} == set(OUTBOUND) == set(PaymentRoute.objects.values_list("gateway", flat=True))


def booked(payment: Payment) -> int:
    """What its merchant was credited; nobody else sells to it."""
    return balance(payment.named_account)


def callbacks_of(payment: Payment) -> list[InboundEvent]:
    """What the gateway sent about it, newest first."""
    heard = InboundOutcome.objects.filter(payment_id=payment.id).values_list("event_id", flat=True)
    return list(InboundEvent.objects.filter(pk__in=list(heard)).order_by("-id"))


def before_staff(payment: Payment) -> list[Any]:
    return list(ExceptionItem.objects.filter(payment_id=payment.id).values_list("kind", "reason", "detail"))


def proven(stage: Stage, payment: Payment) -> None:
    """Settled once, for what was really paid, and the books are true."""
    payment.refresh_from_db()
    assert payment.status == "succeeded", stage.told(payment)
    assert payment.received_minor == stage.paid(payment) == booked(payment)
    assert Order.objects.get(pk=payment.order_id).paid_payment_id == payment.id


SLOW = {"mpesa": 0.5, "upi": 0.8, "stripe": 0.8}
"""The pace, else 1.5, at which no gateway's payer answers before three seconds have passed: our clock runs out first."""


def charges(payment: Payment) -> int:
    return PaymentAttempt.objects.filter(payment_id=payment.id, operation="charge").count()


def questions(payment: Payment) -> int:
    return PaymentAttempt.objects.filter(payment_id=payment.id, operation="query").count()


def test_a_payer_pays_and_the_order_is_paid_once(stage: Stage, case: Case):
    payment = stage.known(stage.ask(case))
    stage.quiet()
    proven(stage, payment)
    assert before_staff(payment) == []


def test_each_refusal_ends_the_payment_with_its_reason_and_books_nothing(stage: Stage, case: Case):
    for payer, status, reason in case.refused:
        payment = stage.known(stage.ask(case, payer))
        stage.quiet()
        payment.refresh_from_db()
        assert payment.status == status, stage.told(payment)
        if reason:
            assert reason in {step[2] for step in stage.told(payment)}, stage.told(payment)
        assert (stage.paid(payment), booked(payment)) == (0, 0)


def test_twenty_copies_of_the_callback_at_once_book_once(stage: Stage, case: Case):
    payment = stage.known(stage.ask(case))
    stage.quiet()
    callbacks = callbacks_of(payment)
    assert callbacks
    for callback in callbacks:
        deliver(*[bytes(callback.body)] * 20, gateway=callback.gateway, kind=callback.kind)
    race(*[decide_all] * 4)
    stage.quiet()
    proven(stage, payment)


def test_callbacks_in_the_wrong_order_say_the_same(stage: Stage, case: Case):
    payment = stage.known(stage.ask(case))
    stage.quiet()
    for callback in callbacks_of(payment):
        deliver(bytes(callback.body), gateway=callback.gateway, kind=callback.kind)
    decide_all()
    stage.quiet()
    proven(stage, payment)


def test_a_lost_callback_is_made_up_for_by_asking(stage: Stage, case: Case):
    stage.far.turn(lose=1.0)
    payment = stage.known(stage.ask(case))
    proven(stage, payment)
    calls = PaymentAttempt.objects.filter(payment_id=payment.id, status="answered")
    assert calls.filter(operation="query").exists() or calls.filter(operation="charge", outcome="succeeded").exists()


def test_a_call_that_is_carried_out_and_not_answered_is_never_made_again(stage: Stage, case: Case, settings: Any):
    settings.GATEWAY_ANSWER_SECONDS = 1
    payment = stage.ask(case)
    stage.far.turn(silence=1.0, silent_for=2.0)
    stage.until(payment, was_tried, seconds=40)
    stage.far.turn(silence=0.0)
    settings.GATEWAY_ANSWER_SECONDS = 10
    stage.known(payment)
    stage.quiet()
    assert charges(payment) == 1
    really = stage.paid(payment)
    assert really in {0, payment.amount_minor}
    payment.refresh_from_db()
    if payment.status == "succeeded":
        proven(stage, payment)
    else:
        # Nobody could be asked: what came later under a name that was never told waits for staff, and nothing is booked twice.
        assert before_staff(payment)
        assert booked(payment) in {0, really}


def test_errors_all_over_never_charge_twice(stage: Stage, case: Case):
    stage.far.turn(errors=0.3, duplicate=0.5, seed=7)
    payments = [stage.ask(case) for _ in range(3)]
    for payment in payments:
        stage.until(payment, lambda seen: was_sent(seen) or seen.status in {"failed", "succeeded", "expired"}, seconds=40)
    stage.far.turn(errors=0.0)
    stage.close_circuits()
    for payment in payments:
        if payment.status in {"unknown", "pending", "requires_action"}:
            stage.time_is_over(payment)
        stage.known(payment)
    stage.quiet()
    for payment in payments:
        payment.refresh_from_db()
        assert charges(payment) == 1
        assert stage.paid(payment) in {0, payment.amount_minor}
        if payment.status == "succeeded":
            assert payment.received_minor == stage.paid(payment) == payment.amount_minor


def test_another_amount_than_was_asked_for_is_not_believed(stage: Stage, case: Case):
    stage.far.turn(wrong_amount=1.0)
    payment = stage.ask(case)
    stage.known(payment)
    stage.quiet()
    payment.refresh_from_db()
    assert payment.received_minor == stage.paid(payment), stage.told(payment)


def test_a_success_after_the_payment_expired_is_real_money(stage: Stage, case: Case):
    stage.far.turn(delay=0.0, pace=0.5)
    payment = stage.ask(case)
    stage.until(payment, was_sent)
    payment.refresh_from_db()
    if payment.status == "succeeded":
        return  # a gateway that says so at once can't be late
    PaymentRequest.objects.filter(pk=payment.id).update(expires_at=timezone.now(), next_poll_at=None)
    Order.objects.filter(pk=payment.order_id).update(status="expired", closed_at=timezone.now())
    conclude(payment.id)
    stage.quiet(seconds=40)
    stage.until(payment, lambda seen: seen.status == "succeeded")
    stage.quiet()
    proven(stage, payment)


def test_a_payer_who_never_answers_leaves_an_expired_payment(stage: Stage, case: Case):
    payment = stage.ask(case, case.silent)
    stage.time_is_over(payment)
    stage.known(payment)
    assert payment.status == "expired", stage.told(payment)
    assert (stage.paid(payment), booked(payment)) == (0, 0)
    asked = questions(payment)
    while PaymentRequest.objects.get(pk=payment.id).next_poll_at:
        PaymentRequest.objects.filter(pk=payment.id).update(next_poll_at=timezone.now())
        stage.work()
    assert questions(payment) == asked + len(AFTERWARDS)
    payment.refresh_from_db()
    assert (payment.status, stage.paid(payment), booked(payment)) == ("expired", 0, 0)


def test_a_payer_who_answers_in_the_last_moment_is_heard_although_the_callback_is_lost(stage: Stage, case: Case):
    stage.far.turn(lose=1.0, pace=SLOW.get(case.name, 1.5))
    payment = stage.ask(case)
    stage.until(payment, was_sent)
    payment.refresh_from_db()
    if payment.status == "succeeded":
        return  # nothing is lost with a gateway that says so at once
    stage.time_is_over(payment)
    stage.known(payment)
    assert payment.status == "expired", stage.told(payment)
    stage.far.fall_quiet(25)
    PaymentRequest.objects.filter(pk=payment.id).update(next_poll_at=timezone.now())
    stage.until(payment, lambda seen: seen.status == "succeeded")
    proven(stage, payment)
    assert PaymentRequest.objects.get(pk=payment.id).next_poll_at is None


def test_nobody_is_asked_for_money_once_the_time_to_pay_is_over(stage: Stage, case: Case):
    payment = stage.ask(case)
    PaymentRequest.objects.filter(pk=payment.id).update(expires_at=timezone.now())
    stage.known(payment)
    stage.quiet()
    assert (payment.status, stage.paid(payment), booked(payment)) == ("expired", 0, 0)
    charge = PaymentAttempt.objects.get(payment_id=payment.id)
    assert (charge.status, charge.outcome, charge.sent_at) == ("refused", "not_sent_in_time", None)


def test_what_is_forged_is_refused_at_the_door(stage: Stage, case: Case, settings: Any):
    payment = stage.known(stage.ask(case))
    stage.quiet()
    before = InboundEvent.objects.count()
    genuine = callbacks_of(payment)[0]
    door = stage.door + case.door.format(token="0123456789abcdef-guessed")
    answers = [
        httpx2.post(door, content=bytes(genuine.body), headers={"content-type": "application/json"}, timeout=10).status_code
        for _ in range(2)
    ]
    # The first digit that it has, whichever that is: a signature is drawn anew each time, and may be without any one of them.
    body = re.sub(rb"\d", lambda digit: b"8" if digit[0] == b"9" else b"%d" % (int(digit[0]) + 1), bytes(genuine.body), count=1)
    assert body != bytes(genuine.body)
    answers.append(httpx2.post(door, content=body, headers={"content-type": "application/json"}, timeout=10).status_code)
    if case.gateway == "bank":  # it signs in the body, so its own bytes are a replay and no forgery: they settle nothing anew
        assert answers[2] in {401, 422}
        stage.quiet()
        proven(stage, payment)
        return
    assert set(answers) <= {400, 401, 404}, answers
    assert InboundEvent.objects.count() == before


def test_asking_now_and_the_callback_race_and_settle_once(stage: Stage, case: Case):
    stage.far.turn(pace=0.0)
    payment = stage.ask(case)
    stage.until(payment, was_sent)
    stage.far.fall_quiet()
    race(lambda: sync(payment_id=payment.id, actor="user:payer"), decide_all, lambda: sync(payment_id=payment.id, actor="x"))
    stage.known(payment)
    stage.quiet()
    proven(stage, payment)
    booked_keys = NaturalKey.objects.filter(payment_id=payment.id, booked_minor__gt=0, confirms=False)
    assert sum(booked_keys.values_list("booked_minor", flat=True)) == payment.amount_minor
