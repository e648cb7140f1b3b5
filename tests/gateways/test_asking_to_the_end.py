"""Nobody is charged for what needs no money any more, and nothing that may have been paid is left without being asked about."""

import socket
import threading
import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.models import ExceptionItem
from ledger.services.balances import balance
from payments.gateways.stripe import outbound
from payments.ladders import rungs
from payments.models import Order, Payment, PaymentAttempt, PaymentRequest
from payments.services import asking
from payments.services.instructing import cancel, capture
from payments.services.ordering import cancel_order
from payments.services.requesting import Wanted, pay_order
from payments.services.working import OF_ONE_GATEWAY, ask_gateways
from tests.gateways.cases import CASES, Case, Payer, msisdn, phone
from tests.gateways.stage import Stage, was_sent
from tests.payments.shop import a_merchant, an_order, asked_for
from tests.racing import race

pytestmark = pytest.mark.stack
WAYS = {case.name: case for case in CASES}
GOOD = Payer({"card_token": "tok_visa"})


def ask_now(payment: Payment) -> None:
    """What the ladder would ask later is asked now."""
    PaymentRequest.objects.filter(pk=payment.id).update(next_poll_at=timezone.now())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe has a second to answer."""
    monkeypatch.setattr(outbound, "ANSWER_SECONDS", 1.0)


def request_of(payment: Payment) -> PaymentRequest:
    return PaymentRequest.objects.get(pk=payment.id)


def charge_of(payment: Payment) -> PaymentAttempt:
    return PaymentAttempt.objects.get(payment_id=payment.id, operation="charge")


def reasons(payment: Payment) -> list[str]:
    return list(ExceptionItem.objects.filter(payment_id=payment.id).values_list("reason", flat=True))


@pytest.mark.django_db
def test_a_prompt_is_sent_while_a_card_is_charged_because_its_payer_is_asked():
    order = an_order(a_merchant())
    card = Wanted("card", {"card_token": "tok_visa"})
    charged = pay_order(order_id=order.id, wanted=card, caller="user:payer")
    PaymentAttempt.objects.filter(payment_id=charged.id).update(status="sent", send_after=None, sent_at=timezone.now())
    prompt, twin = asked_for(order), pay_order(order_id=order.id, wanted=card, caller="user:payer")
    assert asking._begin(charge_of(prompt)) is True
    assert asking._begin(charge_of(twin)) is False
    assert [charge_of(prompt).status, charge_of(twin).status] == ["sent", "prepared"]


def test_what_its_gateway_calls_expired_and_is_paid_after_all_is_heard_without_a_callback(stage: Stage):
    stage.far.turn(lose=1.0, pace=1.5)
    payment = stage.ask(WAYS["tingg"], msisdn("007"))
    stage.until(payment, was_sent)
    stage.until(payment, lambda seen: bool(ask_now(payment)) or seen.status == "expired")
    stage.far.fall_quiet(25)
    assert stage.paid(payment) == payment.amount_minor
    stage.until(payment, lambda seen: bool(ask_now(payment)) or seen.status == "succeeded")
    assert balance(payment.named_account) == payment.amount_minor


@pytest.mark.parametrize("case", [WAYS["tingg"], WAYS["stripe"], WAYS["bank"]], ids=str)
def test_a_payment_is_asked_about_for_as_long_as_its_payer_has(stage: Stage, case: Case):
    payment = stage.ask(case, case.silent)
    stage.until(payment, was_sent)
    PaymentRequest.objects.filter(pk=payment.id).update(polls=rungs(case.gateway), expires_at=timezone.now() + timedelta(hours=8))
    ask_now(payment)
    stage.work()
    payment.refresh_from_db()
    assert payment.status in {"pending", "requires_action"}
    assert request_of(payment).next_poll_at is not None
    assert request_of(payment).polls == rungs(case.gateway)


def test_what_is_being_processed_to_the_very_end_is_told_to_staff(stage: Stage):
    payment = stage.ask(WAYS["mpesa"], phone("07"))
    stage.time_is_over(payment)
    stage.known(payment)
    assert (payment.status, reasons(payment)) == ("expired", [])
    while request_of(payment).next_poll_at:
        ask_now(payment)
        stage.work()
    assert reasons(payment) == ["outcome_unknown"]


def test_staff_hear_of_a_part_whose_rest_never_came(stage: Stage):
    payment = stage.ask(WAYS["tingg"], msisdn("004"))
    stage.until(payment, lambda seen: seen.status == "partially_paid")
    stage.time_is_over(payment)
    while request_of(payment).next_poll_at:
        ask_now(payment)
        stage.work()
    payment.refresh_from_db()
    assert (payment.status, reasons(payment)) == ("partially_paid", ["less_than_the_order"])
    assert balance(payment.named_account) == payment.received_minor == stage.paid(payment) > 0


@pytest.mark.parametrize("how", ["paid", "cancelled"])
def test_a_charge_that_waited_is_not_sent_for_an_order_that_needs_none(stage: Stage, how: str):
    order = stage.order(WAYS["mpesa"])
    first, second = stage.ask(WAYS["mpesa"], order=order), stage.ask(WAYS["mpesa"], order=order)
    PaymentAttempt.objects.filter(payment_id=second.id).update(send_after=timezone.now() + timedelta(hours=1))
    if how == "paid":
        stage.until(first, lambda seen: seen.status == "succeeded")
    else:
        cancel_order(order_id=order.id, merchant=order.merchant)
    PaymentAttempt.objects.filter(payment_id=second.id).update(send_after=timezone.now())
    stage.until(second, lambda seen: seen.status == "cancelled")
    assert (charge_of(second).status, charge_of(second).sent_at) == ("refused", None)
    assert charge_of(second).outcome == ("order_paid_already" if how == "paid" else "order_closed")
    stage.quiet()
    assert balance(order.account) == (order.amount_minor if how == "paid" else 0)


def test_two_cards_that_waited_for_one_order_are_not_both_charged(stage: Stage):
    order = stage.order(WAYS["stripe"], GOOD)
    payments = [stage.ask(WAYS["stripe"], GOOD, order=order) for _ in range(2)]
    race(*[partial(asking.send, charge_of(payment).pk) for payment in payments for _ in range(2)])
    for payment in payments:
        stage.known(payment)
    stage.quiet()
    assert sorted(Payment.objects.filter(order_id=order.id).values_list("status", flat=True)) == ["cancelled", "succeeded"]
    assert sum(stage.paid(payment) for payment in payments) == balance(order.account) == order.amount_minor
    assert Order.objects.get(pk=order.id).status == "paid"


def test_a_card_waits_while_nobody_knows_what_became_of_the_other(stage: Stage, impatient: None):
    order = stage.order(WAYS["stripe"], GOOD)
    stage.far.turn(lose=1.0, silence=1.0, silent_for=2.0)
    first = stage.ask(WAYS["stripe"], GOOD, order=order)
    stage.until(first, lambda seen: seen.status == "unknown")
    PaymentRequest.objects.filter(pk=first.id).update(next_poll_at=None)
    stage.far.turn(silence=0.0)
    stage.close_circuits()
    second = stage.ask(WAYS["stripe"], GOOD, order=order)
    ask_gateways()
    assert (charge_of(second).status, charge_of(second).tries) == ("prepared", 0)
    ask_now(first)
    stage.known(first)
    stage.known(second)
    stage.quiet()
    assert stage.paid(first) + stage.paid(second) == balance(order.account) == order.amount_minor


@pytest.mark.parametrize("wanted", [capture, cancel])
def test_what_became_of_a_capture_is_asked_when_its_answer_is_lost(stage: Stage, impatient: None, wanted: Any):
    payment = stage.ask(WAYS["stripe"], GOOD, capture="manual")
    stage.until(payment, lambda seen: seen.status == "authorized")
    stage.quiet()
    stage.far.turn(lose=1.0, silence=1.0, silent_for=2.0)
    wanted(payment_id=payment.id, actor="merchant:it")
    payment.refresh_from_db()
    assert payment.status == "authorized"
    assert request_of(payment).next_poll_at is not None
    stage.far.turn(silence=0.0)
    stage.close_circuits()
    over = "succeeded" if wanted is capture else "voided"
    stage.until(payment, lambda seen: bool(ask_now(payment)) or seen.status == over)
    assert stage.paid(payment) == balance(payment.named_account) == (payment.amount_minor if wanted is capture else 0)


def ask_and_hang_up() -> None:
    try:
        ask_gateways()
    finally:
        connection.close()


def sent(payments: list[Payment]) -> int:
    """How many of their charges are out and unanswered."""
    return PaymentAttempt.objects.filter(payment_id__in=[payment.id for payment in payments], status="sent").count()


@pytest.mark.parametrize("moment", ["before", "while"])
def test_a_gateway_that_stays_silent_holds_nobody_else_up(stage: Stage, settings: Any, moment: str):
    settings.GATEWAY_ANSWER_SECONDS = 6
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.GATEWAYS = {
            **settings.GATEWAYS,
            "bank": settings.GATEWAYS["bank"] | {"base_url": f"http://127.0.0.1:{silent.getsockname()[1]}"},
        }
        waiting = [stage.ask(WAYS["bank"]) for _ in range(20)]
        quick = stage.ask(WAYS["mpesa"]) if moment == "before" else None
        worker = threading.Thread(target=ask_and_hang_up)
        worker.start()
        deadline = time.monotonic() + 5
        while not (out := sent(waiting)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert out, "the silent gateway is being asked"
        if quick is None:
            quick = stage.ask(WAYS["mpesa"])
            begun = time.monotonic()
            assert ask_gateways() == 0, "it leaves that to the one who is at it"
            assert time.monotonic() - begun < 3
        deadline = time.monotonic() + 4
        while not was_sent(quick) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert was_sent(quick)
        assert 0 < sent(waiting) <= OF_ONE_GATEWAY
        PaymentAttempt.objects.filter(status="prepared").update(send_after=timezone.now() + timedelta(hours=1))
        worker.join(30)
    stage.close_circuits()
