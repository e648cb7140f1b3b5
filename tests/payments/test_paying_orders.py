"""One payment pays an order, whatever races and however late; what is too much goes to suspense, to be given back."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.models import Event, ExceptionItem
from ledger.services.balances import balance
from payments.errors import OrderClosed, OrderPaid
from payments.evidence import AmountRule, Key
from payments.models import Order, Payment
from payments.services.ordering import cancel_order, expire_orders
from tests.cast import owed_by, owes
from tests.payments.shop import a_merchant, an_order, asked_for, order_now, settled, success, typed_at_the_till
from tests.racing import overlap, race

pytestmark = pytest.mark.django_db


def to_be_returned() -> list[tuple[str, int]]:
    items = ExceptionItem.objects.filter(status="returning")
    return sorted(items.values_list("reason", "amount_minor"))


def test_a_success_pays_the_order_and_credits_the_merchant():
    order = an_order(a_merchant())
    payment = asked_for(order)
    assert [o.verdict for o in settled(success(payment, "R1"))] == ["settled"]
    paid = order_now(order.id)
    assert (paid.status, paid.paid_payment_id) == ("paid", payment.id)
    assert balance(order.account) == 100_000
    types = sorted(Event.objects.values_list("type", flat=True))
    assert types == ["order.created", "order.paid", "payment.created", "payment.succeeded"]
    with pytest.raises(OrderPaid):
        asked_for(order)
    call_command("ledger", "verify")


def test_a_second_success_is_recorded_goes_to_suspense_and_waits_to_be_returned():
    order = an_order(a_merchant())
    first, second = asked_for(order), asked_for(order)
    settled(success(first, "R1"))
    settled(success(second, "R2"), success(second, "R2"))
    assert order_now(order.id).paid_payment_id == first.id
    second.refresh_from_db()
    assert (second.status, second.account, second.received_minor) == ("succeeded", "suspense:KES", 100_000)
    assert (balance(order.account), balance("suspense:KES")) == (100_000, 100_000)
    assert to_be_returned() == [("order_paid_already", 100_000)]
    call_command("ledger", "verify")


def test_two_successes_in_one_batch_pay_it_once():
    order = an_order(a_merchant())
    first, second = asked_for(order), asked_for(order)
    settled(success(second, "R2"), success(first, "R1"))
    assert order_now(order.id).paid_payment_id == second.id
    assert (balance(order.account), balance("suspense:KES")) == (100_000, 100_000)


def test_more_than_the_order_asks_for_goes_to_suspense():
    order = an_order(a_merchant())
    payment = asked_for(order)
    settled(success(payment, "R1", 120_000, AmountRule.PAYER_DECIDES))
    assert (balance(order.account), balance("suspense:KES")) == (100_000, 20_000)
    assert to_be_returned() == [("more_than_the_order", 20_000)]
    assert ExceptionItem.objects.filter(status="open").count() == 0
    assert order_now(order.id).status == "paid"
    call_command("ledger", "verify")


def test_part_of_it_leaves_it_open_and_the_rest_pays_it():
    order = an_order(a_merchant())
    payment = asked_for(order)
    settled(success(payment, "R1", 40_000, AmountRule.PAYER_DECIDES))
    assert order_now(order.id).status == "created"
    settled(success(payment, "R2", 60_000, AmountRule.PAYER_DECIDES))
    assert order_now(order.id).status == "paid"
    assert balance(order.account) == 100_000


def test_the_rest_of_what_came_too_late_is_given_back():
    order = an_order(a_merchant())
    slow, quick = asked_for(order), asked_for(order)
    settled(success(slow, "R1", 40_000, AmountRule.PAYER_DECIDES))
    settled(success(quick, "R2"))
    settled(success(slow, "R3", 60_000, AmountRule.PAYER_DECIDES))
    assert order_now(order.id).paid_payment_id == quick.id
    assert (balance(order.account), balance("suspense:KES")) == (100_000, 100_000)
    assert to_be_returned() == [("more_than_the_order", 40_000), ("order_paid_already", 60_000)]
    call_command("ledger", "verify")


@pytest.mark.parametrize("together", [True, False])
def test_an_order_whose_name_was_typed_is_paid_when_all_of_it_has_come(together: bool):
    order = an_order(a_merchant())
    parts = [typed_at_the_till(order.bill_reference, f"R{n}", minor) for n, minor in enumerate([100, 59_900, 50_000])]
    if together:
        settled(*parts)
    else:
        settled(parts[0])
        assert (order_now(order.id).status, balance(order.account)) == ("created", 100)
        settled(parts[1])
        assert order_now(order.id).status == "created"
        settled(parts[2])
    assert order_now(order.id).paid_payment_id == Payment.objects.get(received_minor=50_000).id
    assert (balance(order.account), balance("suspense:KES")) == (100_000, 10_000)
    assert to_be_returned() == [("more_than_the_order", 10_000)]
    flags = ExceptionItem.objects.filter(status="open").values_list("kind", "reason", "amount_minor").order_by("amount_minor")
    assert list(flags) == [("flag", "less_than_the_order", 100), ("flag", "less_than_the_order", 59_900)]
    settled(typed_at_the_till(order.bill_reference, "R9", 70_000))
    assert (balance(order.account), balance("suspense:KES")) == (100_000, 80_000)
    call_command("ledger", "verify")


@pytest.mark.django_db(transaction=True)
def test_two_halves_race_and_pay_it_together():
    order = an_order(a_merchant())
    halves = [typed_at_the_till(order.bill_reference, f"R{n}", 50_000) for n in range(2)]
    race(*[lambda half=half: settled(half) for half in halves])
    assert (order_now(order.id).status, balance(order.account)) == ("paid", 100_000)
    assert to_be_returned() == []
    call_command("ledger", "verify")


def test_an_order_is_not_paid_with_less_whatever_the_code_says(capsys: pytest.CaptureFixture[str]):
    order = an_order(a_merchant())
    settled(typed_at_the_till(order.bill_reference, "R1", 99_999))
    paid = {"status": "paid", "paid_payment_id": Payment.objects.get().id, "paid_at": timezone.now()}
    with pytest.raises(IntegrityError, match="less has come"), transaction.atomic():
        Order.objects.filter(pk=order.id).update(**paid)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Order.objects.filter(pk=order.id).update(**paid)
        cursor.execute("RESET session_replication_role")
    with pytest.raises(CommandError, match="1 finding"):
        call_command("ledger", "verify")
    assert f"order {order.id}: 99999 of 100000 have come for it" in capsys.readouterr().out


@pytest.mark.parametrize("how", ["cancelled", "expired"])
def test_money_that_comes_after_the_order_was_closed_is_real_and_pays_it(how: str):
    merchant = a_merchant()
    order = an_order(merchant)
    payment = asked_for(order)
    if how == "cancelled":
        cancel_order(order_id=order.id, merchant=merchant)
        cancel_order(order_id=order.id, merchant=merchant)
    else:
        Order.objects.filter(pk=order.id).update(expires_at=timezone.now())
        assert expire_orders() == 1
        assert expire_orders() == 0
    assert order_now(order.id).status == how
    with pytest.raises(OrderClosed):
        asked_for(order)
    settled(success(payment, "R1"))
    assert (order_now(order.id).status, balance(order.account)) == ("paid", 100_000)


def test_what_is_typed_at_the_till_finds_the_order_the_student_or_nobody():
    owes("S004", 2_000)
    order = an_order(a_merchant())
    settled(
        typed_at_the_till(f" {order.bill_reference.lower()} ", "R1"),
        typed_at_the_till("s004", "R2"),
        typed_at_the_till("NOBODY", "R3"),
        typed_at_the_till("no account: at all", "R4"),
    )
    assert order_now(order.id).status == "paid"
    assert Payment.objects.get(order_id=order.id).received_minor == 100_000
    assert (balance(order.account), owed_by("S004"), balance("suspense:KES")) == (100_000, 100_000, 200_000)
    assert list(ExceptionItem.objects.values_list("kind", "reason")) == [("suspense", "unknown_account")] * 2
    call_command("ledger", "verify")


def test_the_confirmation_of_a_prompt_is_no_second_payment():
    order = an_order(a_merchant())
    payment = asked_for(order)
    checkout = Key("checkout", "ws_CO_1")
    known_by_query = success(payment, "")
    settled(known_by_query._replace(keys=(*known_by_query.keys, checkout), movement=checkout))
    settled(typed_at_the_till(order.bill_reference, "UCE1"))
    assert Payment.objects.count() == 1
    assert balance(order.account) == 100_000
    call_command("ledger", "verify")


@pytest.mark.django_db(transaction=True)
def test_four_successes_race_and_one_pays():
    order = an_order(a_merchant())
    payments = [asked_for(order) for _ in range(4)]
    answers = race(*[lambda p=p, n=n: settled(success(p, f"R{n}"))[0].verdict for n, p in enumerate(payments)])
    assert answers == ["settled"] * 4
    assert order_now(order.id).paid_payment_id in {payment.id for payment in payments}
    assert (balance(order.account), balance("suspense:KES")) == (100_000, 300_000)
    assert to_be_returned() == [("order_paid_already", 100_000)] * 3
    call_command("ledger", "verify")


@pytest.mark.django_db(transaction=True)
def test_a_payment_is_not_started_for_an_order_that_is_just_being_paid():
    order = an_order(a_merchant())
    payment = asked_for(order)
    _, started = overlap(lambda: settled(success(payment, "R1")), lambda: asked_for(order))
    assert isinstance(started, OrderPaid)


def test_the_database_itself_lets_no_order_be_paid_twice_or_changed():
    order = an_order(a_merchant())
    first, second = asked_for(order), asked_for(order)
    settled(success(first, "R1"))
    for change in [
        {"paid_payment_id": second.id},
        {"status": "created", "paid_payment_id": None, "paid_at": None},
        {"amount_minor": 1},
        {"account": "suspense:KES"},
    ]:
        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.filter(pk=order.id).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders")
