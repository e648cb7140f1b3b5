"""A gateway that fails in a row is left alone, tried with one call, and let in again by an answer."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from payments.errors import GatewayTrouble
from payments.models import GatewayState, NaturalKey, PaymentAttempt
from payments.services.breaking import OPENS_AFTER, Way, note_answer, note_trouble, unhealthy, way_to
from payments.services.instructing import sync
from tests.payments.shop import a_merchant, an_order, asked_for
from tests.racing import race

pytestmark = pytest.mark.django_db


def fail(times: int) -> None:
    for _ in range(times):
        note_trouble("mpesa", "It did not answer.")


def pause_is_over() -> None:
    GatewayState.objects.update(retry_at=timezone.now() - timedelta(seconds=1))


def test_a_gateway_nobody_has_called_is_free():
    assert way_to("mpesa") is Way.FREE


def test_what_a_gateway_says_is_kept_as_far_as_a_column_holds_it():
    note_trouble("mpesa", "It said \0 and \ud800.")
    assert GatewayState.objects.get().last_error == "It said \N{SYMBOL FOR NULL} and ?."


def test_an_answer_between_failures_keeps_it_free():
    fail(OPENS_AFTER - 1)
    note_answer("mpesa")
    fail(OPENS_AFTER - 1)
    assert way_to("mpesa") is Way.FREE


def test_failures_in_a_row_open_it_and_one_call_tries_it():
    fail(OPENS_AFTER)
    assert way_to("mpesa") is Way.NONE
    assert way_to("stripe") is Way.FREE
    pause_is_over()
    assert [way_to("mpesa"), way_to("mpesa")] == [Way.ONE, Way.NONE]
    note_answer("mpesa")
    assert way_to("mpesa") is Way.FREE
    assert unhealthy() == []


def test_a_failed_trial_opens_it_for_longer_up_to_a_minute():
    fail(OPENS_AFTER)
    pauses = []
    for _ in range(6):
        pause_is_over()
        assert way_to("mpesa") is Way.ONE
        before = timezone.now()
        note_trouble("mpesa", "Still not.")
        pauses.append(round((GatewayState.objects.get().retry_at - before).total_seconds()))  # type: ignore[operator]
    assert pauses == [10, 20, 40, 60, 60, 60]


@pytest.mark.django_db(transaction=True)
def test_of_eight_that_come_at_once_one_tries_it():
    fail(OPENS_AFTER)
    pause_is_over()
    ways = race(*[lambda: way_to("mpesa")] * 8)
    assert sorted(ways) == sorted([Way.ONE] + [Way.NONE] * 7)


@pytest.mark.django_db(transaction=True)
def test_failures_side_by_side_are_all_counted():
    race(*[lambda: note_trouble("mpesa", "No.")] * OPENS_AFTER)
    assert GatewayState.objects.get().failures == OPENS_AFTER
    assert way_to("mpesa") is Way.NONE


def test_readiness_names_it_and_stays_ready_for_it(client: Client):
    fail(OPENS_AFTER)
    gateways = client.get("/health/ready").json()["parts"]["gateways"]
    assert (gateways["status"], gateways["away"]) == ("ok", {"mpesa": "It did not answer."})


def test_the_doors_have_a_health_of_their_own(client: Client):
    answer = client.get("/webhooks/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_nobody_waits_for_the_answer_of_a_gateway_that_is_left_alone():
    payment = asked_for(an_order(a_merchant()))
    NaturalKey.objects.create(gateway="mpesa", kind="checkout", reference="C1", payment_id=payment.id)
    fail(OPENS_AFTER)
    with pytest.raises(GatewayTrouble, match="mpesa"):
        sync(payment_id=payment.id, actor="user:payer")
    assert not PaymentAttempt.objects.filter(operation="query").exists()
