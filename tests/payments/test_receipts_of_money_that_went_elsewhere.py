"""Money that a query found, and the till's confirmation of it, are booked once, wherever the money went."""

import pytest
from django.core.management import call_command

from core.models import ExceptionItem
from ledger.models import Account
from ledger.services.accounts import open_account
from ledger.services.balances import balance
from payments.evidence import Evidence, Key
from payments.models import NaturalKey, Order, Payment
from payments.services.allocating import allocate
from payments.services.requesting import Wanted, pay_account
from tests.four_eyes import WHY
from tests.payments.shop import PHONE, a_merchant, an_order, asked_for, settled, success, typed_at_the_till

pytestmark = pytest.mark.django_db
S004, SUSPENSE = "student:S004:KES", "suspense:KES"


def found_by_query(payment: Payment, checkout: str) -> Evidence:
    """A success without a receipt, whose callback was lost. Until then nobody may have told us the prompt's name."""
    key, paid = Key("checkout", checkout), success(payment, "")
    return paid._replace(keys=(*paid.keys, key), movement=key, lacks="receipt")


def told(fact: Evidence) -> tuple[str, str]:
    outcome = settled(fact)[0]
    return outcome.verdict, outcome.reason


def receipts() -> set[str]:
    return set(NaturalKey.objects.filter(kind="receipt").values_list("reference", flat=True))


@pytest.fixture
def paid_order() -> tuple[Order, Payment]:
    """An order that its first prompt paid, and its second prompt."""
    order = an_order(a_merchant())
    first, second = asked_for(order), asked_for(order)
    paid = success(first, "R1")
    settled(paid._replace(keys=(*paid.keys, Key("checkout", "C1"))))
    return order, second


@pytest.fixture
def closed() -> Payment:
    """A prompt for a student whose account was closed meanwhile."""
    open_account(S004)
    payment = pay_account(
        destination="student:S004",
        amount_minor=100_000,
        currency="KES",
        wanted=Wanted("mpesa", {"phone_number": PHONE}),
        caller="user:joan",
        gateway="mpesa",
    )
    Account.objects.filter(code=S004).update(state=Account.State.CLOSED)
    return payment


def test_a_second_prompt_of_a_paid_order_is_named_by_its_confirmation(paid_order: tuple[Order, Payment]):
    order, second = paid_order
    assert told(found_by_query(second, "C2")) == ("settled", "order_paid_already")
    assert told(typed_at_the_till(order.bill_reference, "R2")) == ("recorded", "receipt_named")
    assert (Payment.objects.count(), balance(order.account), balance(SUSPENSE)) == (2, 100_000, 100_000)
    assert receipts() == {"R1", "R2"}
    call_command("ledger", "verify")


def test_a_confirmation_that_outran_the_second_prompts_name_is_not_booked_again_by_a_query(paid_order: tuple[Order, Payment]):
    order, second = paid_order
    assert told(typed_at_the_till(order.bill_reference, "R2")) == ("settled", "order_paid_already")
    assert told(found_by_query(second, "C2")) == ("conflict", "perhaps_booked_already")
    assert (balance(order.account), balance(SUSPENSE)) == (100_000, 100_000)
    assert ExceptionItem.objects.filter(payment_id=second.id, amount_minor=100_000, status="open").count() == 1
    call_command("ledger", "verify")


def test_money_for_an_account_that_was_closed_is_booked_once(closed: Payment):
    assert told(found_by_query(closed, "C1")) == ("settled", "unknown_account")
    assert told(typed_at_the_till("S004", "R1")) == ("recorded", "receipt_named")
    assert (Payment.objects.count(), balance(SUSPENSE), balance(S004)) == (1, 100_000, 0)


def test_a_confirmation_for_an_account_that_was_closed_is_not_booked_again_by_a_query(closed: Payment):
    assert told(typed_at_the_till("S004", "R1")) == ("settled", "unknown_account")
    assert told(found_by_query(closed, "C1")) == ("conflict", "perhaps_booked_already")
    assert (balance(SUSPENSE), balance(S004)) == (100_000, 0)


@pytest.mark.parametrize("first", ["query", "till"])
def test_money_that_staff_have_allocated_is_not_booked_again(closed: Payment, grace, first: str):
    open_account("student:S001:KES")
    query, till = found_by_query(closed, "C1"), typed_at_the_till("S004", "R1")
    settled(query if first == "query" else till)
    in_suspense = Payment.objects.get(account=SUSPENSE)
    allocate(payment_id=in_suspense.id, account_code="student:S001:KES", actor=grace.actor, reason=WHY)
    second = told(till if first == "query" else query)
    assert second == (("recorded", "receipt_named") if first == "query" else ("conflict", "perhaps_booked_already"))
    assert (balance(SUSPENSE), balance("student:S001:KES")) == (0, -100_000)
    call_command("ledger", "verify")
