"""The demo world: what the README promises, as often as it is made, and never in production."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from access.services.authentication import merchant_key
from core.models import ExceptionItem
from ledger.models import Transfer
from payments.models import Order, Payment, PaymentAttempt
from students.models import Student
from tests.cast import decide_all, owed_by

pytestmark = pytest.mark.django_db


def seed() -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def test_everybody_owes_what_the_readme_says_however_often_it_is_seeded():
    first = seed()
    decide_all()
    payments, transfers = Payment.objects.count(), Transfer.objects.count()
    second = seed()
    decide_all()
    assert {number: owed_by(number) for number in ("S001", "S003", "S004", "S005")} == {
        "S001": 150_000_000,
        "S003": 10_000_000,
        "S004": 15_000_000,
        "S005": 10_000_000,
    }
    assert not Student.objects.get(student_id="S002").is_active
    assert (Payment.objects.count(), Transfer.objects.count()) == (payments, transfers)
    assert payments > 50
    assert first.count("@bursar.example") == 4
    assert "password was printed" in second


def test_the_demo_merchant_can_prove_who_it_is():
    seed()
    merchant_key(key_id="key_test_abc123", secret="secret_test_xyz789")


def test_the_merchant_has_sold_something_and_no_gateway_was_asked():
    seed()
    seed()
    states = list(Order.objects.order_by("id").values_list("status", flat=True))
    assert states == ["paid", "paid", "paid", "paid", "created", "cancelled", "created"]
    assert ExceptionItem.objects.filter(status="returning", reason="order_paid_already").count() == 1
    assert not PaymentAttempt.objects.exists()


def test_the_books_of_the_demo_prove_themselves():
    seed()
    decide_all()
    call_command("ledger", "verify", stdout=StringIO())


def test_production_has_no_demo(settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError):
        seed()
