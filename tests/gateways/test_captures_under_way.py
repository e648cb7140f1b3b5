"""A capture that its gateway answers with "processing" is asked about until it is known, and staff hear when it never is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.models import ExceptionItem
from ledger.services.balances import balance
from payments.models import Payment, PaymentAttempt, PaymentRequest
from payments.services import asking, polling
from payments.services.instructing import cancel, capture
from payments.services.requesting import Wanted, pay_order
from tests.gateways.saying import Saying, saying
from tests.payments.shop import a_merchant, an_order

pytestmark = pytest.mark.django_db
SAMPLE = json.loads((Path(__file__).parent / "samples/stripe/resp_payment_intent_created.json").read_bytes())
INTENTS = "/v1/payment_intents"
AMOUNT = 250_000


def says(**changes: Any) -> tuple[int, bytes]:
    return 200, json.dumps(SAMPLE | {"amount": AMOUNT, "currency": "usd", "metadata": {}} | changes).encode()


PROMISED = says(status="requires_capture", amount_capturable=AMOUNT, capture_method="manual")
UNDER_WAY = says(status="processing", capture_method="manual")
TAKEN = says(status="succeeded", amount_received=AMOUNT, capture_method="manual")


@pytest.fixture
def stripe(settings: Any) -> Iterator[Saying]:
    """A Stripe that has authorized, and says of every capture and of every giving up that it is under way."""
    with saying() as gateway:
        settings.GATEWAYS = settings.GATEWAYS | {"stripe": settings.GATEWAYS["stripe"] | {"base_url": gateway.url}}
        one = f"{INTENTS}/{SAMPLE['id']}"
        gateway.says = {
            f"POST {INTENTS}": PROMISED,
            f"POST {one}/capture": UNDER_WAY,
            f"POST {one}/cancel": UNDER_WAY,
            f"GET {one}": UNDER_WAY,
        }
        yield gateway


@pytest.fixture
def payment(stripe: Saying) -> Payment:
    order = an_order(a_merchant(), AMOUNT, "USD")
    card = Wanted("card", {"card_token": "tok_visa"}, capture="manual")
    payment = pay_order(order_id=order.id, wanted=card, caller="user:payer", gateway="stripe")
    asking.send(PaymentAttempt.objects.get().pk)
    payment.refresh_from_db()
    assert (payment.status, next_poll(payment)) == ("authorized", None)
    return payment


def next_poll(payment: Payment) -> Any:
    return PaymentRequest.objects.get(pk=payment.id).next_poll_at


def ask(payment: Payment) -> None:
    """As a worker does, when the question is due."""
    question = polling.question(payment.id)
    assert question is not None
    polling.asked(payment.id, answered=asking.make(question))


def test_it_is_taken_though_nobody_tells(payment: Payment, stripe: Saying):
    capture(payment_id=payment.id, actor="merchant:duka")
    assert next_poll(payment) is not None
    ask(payment)
    stripe.says[f"GET {INTENTS}/{SAMPLE['id']}"] = TAKEN
    assert next_poll(payment) is not None
    ask(payment)
    payment.refresh_from_db()
    assert (payment.status, balance(payment.named_account), next_poll(payment)) == ("succeeded", AMOUNT, None)


@pytest.mark.parametrize("wanted", [capture, cancel])
def test_staff_hear_once_the_questions_have_come_to_an_end(payment: Payment, wanted: Any):
    wanted(payment_id=payment.id, actor="merchant:duka")
    while next_poll(payment):
        assert not ExceptionItem.objects.exists()
        ask(payment)
    assert ExceptionItem.objects.get().reason == "outcome_unknown"
    payment.refresh_from_db()
    assert (payment.status, balance(payment.named_account)) == ("authorized", 0)
