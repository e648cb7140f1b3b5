"""The demo world: what the README promises, as often as it is made, and never in production."""

import re
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from access.models import ApiKey, User
from access.services.api_keys import revoke_key
from access.services.authentication import merchant_key
from config.demo.credentials import password_of
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
    assert second == first
    assert second.count("@bursar.example") == 4


def told(out: str) -> dict[str, str]:
    """By e-mail address, or what else it is of."""
    return {who.strip(): what.strip() for who, what in re.findall(r"^.{12}(.{26}) (.+)$", out, re.MULTILINE)}


def test_every_run_tells_passwords_that_open_the_door():
    seed()
    entries = told(seed())
    opens = {email: authenticate(username=email, password=password) for email, password in entries.items() if "@" in email}

    assert len(opens) == 5
    assert all(user and user.email == email for email, user in opens.items())
    assert entries["its key"] == "key_test_abc123 / secret_test_xyz789"


def test_what_opens_no_door_any_more_is_not_told():
    entries = told(seed())
    officer, viewer = (User.objects.get(email=f"{role}@bursar.example") for role in ("officer", "viewer"))
    officer.set_password("their own")
    officer.save()
    User.objects.filter(pk=viewer.pk).update(is_active=False)
    revoke_key(key=ApiKey.objects.get(key_id="key_test_abc123"), actor="user:grace", reason="Lost.")
    out = seed()

    assert told(out)[officer.email] == "(has another password; manage.py changepassword officer@bursar.example sets a new one)"
    assert told(out)[viewer.email] == "(is switched off)"
    assert told(out)["its key"] == "(key_test_abc123 was revoked, or has expired)"
    assert entries[officer.email] not in out
    assert officer.check_password("their own")


def test_passwords_are_this_installations_own(settings):
    here = password_of("officer")
    settings.SECRET_KEY = "another installation's"

    assert password_of("officer") not in {here, password_of("admin")}


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
