"""What one process takes at a time: no kind of call keeps another from its turn, nor does one that fails, and the end is soon."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from payments import tasks
from payments.models import Order, Payment, PaymentAttempt, PaymentRequest
from payments.services import asking, polling, working
from payments.services.requesting import Wanted, pay_order
from payments.services.working import OF_ONE_GATEWAY, OF_ONE_KIND, Work, ask_gateways
from tests.gateways.saying import Saying
from tests.payments.shop import PHONE, a_merchant, an_order, asked_for
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _is_not_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "_ending", threading.Event())


@pytest.fixture
def order() -> Order:
    return an_order(a_merchant())


class Calls:
    """Calls that get no answer until it is `over`."""

    def __init__(self) -> None:
        self.calls: list[UUID] = []
        self.over = threading.Event()

    def __call__(self, key: UUID) -> bool:
        self.calls.append(key)
        return self.over.wait(30)


@contextmanager
def at_work(silence: Calls) -> Iterator[None]:
    """A worker in a thread of its own, until what it has begun is over."""

    def work() -> None:
        try:
            ask_gateways()
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        working.end_soon()
        silence.over.set()
        worker.join(30)


def to_be_sent(order: Order, gateway: str) -> Payment:
    wanted = Wanted("mpesa", {"phone_number": PHONE})
    return pay_order(order_id=order.id, wanted=wanted, caller="user:payer", gateway=gateway)


def to_be_asked(order: Order, gateway: str) -> None:
    with transaction.atomic():
        payment = to_be_sent(order, gateway)
        PaymentAttempt.objects.filter(payment_id=payment.id).update(status="refused", send_after=None)
        PaymentRequest.objects.filter(payment_id=payment.id).update(next_poll_at=timezone.now())


def test_charges_at_three_silent_gateways_leave_room_for_a_question(order: Order, monkeypatch: pytest.MonkeyPatch):
    charges, questions = Calls(), Calls()
    questions.over.set()
    monkeypatch.setattr(asking, "send", charges)
    monkeypatch.setattr(polling, "question", lambda key: questions(key) and None)
    for number in range(3 * OF_ONE_GATEWAY):
        to_be_sent(order, ("mpesa", "stripe", "bank")[number % 3])
    with at_work(charges):
        eventually(lambda: len(charges.calls) >= OF_ONE_KIND, "as many charges as may be are out", 30)
        to_be_asked(order, "upi")
        eventually(lambda: questions.calls, "a question is out", 30)


def test_questions_at_silent_gateways_leave_room_for_a_charge(order: Order):
    to_be_asked(order, "upi")
    charge = PaymentAttempt.objects.get(payment_id=to_be_sent(order, "upi").id)
    out = [Work(("mpesa", "stripe")[number % 2], None, bool) for number in range(OF_ONE_KIND)]
    assert [work.attempt for work in working._due(out, [])] == [charge.id]


def test_a_process_that_ends_begins_nothing_more(order: Order, monkeypatch: pytest.MonkeyPatch):
    silence = Calls()
    monkeypatch.setattr(asking, "send", silence)
    for _ in range(OF_ONE_GATEWAY + 4):
        asked_for(order)
    with at_work(silence):
        eventually(lambda: len(silence.calls) == OF_ONE_GATEWAY, "as many calls as one gateway may have are out", 30)
        tasks.end_soon()
    assert len(silence.calls) == OF_ONE_GATEWAY
    assert ask_gateways() == 0
    assert PaymentAttempt.objects.filter(status="prepared").count() == OF_ONE_GATEWAY + 4


def test_one_that_fails_in_our_code_keeps_no_other_from_being_sent(order: Order, daraja: Saying, poison: Any):
    first, second = asked_for(order), asked_for(order)
    poison(first)
    assert ask_gateways() == 1
    states = dict(PaymentAttempt.objects.values_list("payment_id", "status"))
    assert states == {first.id: "prepared", second.id: "answered"}
