"""Prompts and tills from end to end: our worker asks, the far side plays Safaricom and the payer, callbacks come over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from access.services.gateway_tokens import install_token
from core.models import ExceptionItem
from payments.gateways.mpesa import session
from payments.gateways.registry import outbound
from payments.gateways.wire import pool
from payments.models import NaturalKey, Payment, PaymentAttempt, PaymentHistory
from payments.services import asking
from payments.services.instructing import sync
from payments.services.requesting import Wanted, pay_account
from tests.cast import decide_all, owed_by, owes
from tests.gateways.far import FarSide, far_side
from tests.gateways.mpesa_cast import AMOUNT, TOKEN
from tests.servers import server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
GOOD = "254708374149"
OWED = 100_000_000


@pytest.fixture
def far(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[FarSide]:
    """Safaricom, payers who answer at once, and our own server to be told."""
    install_token(gateway="mpesa", kind="path", token=TOKEN)
    owes("S004", OWED // 100)
    with server(tmp_path / "server.log") as site, far_side(tmp_path / "far.log", tell=site) as gateway:
        settings.GATEWAYS = settings.GATEWAYS | {"mpesa": settings.GATEWAYS["mpesa"] | {"base_url": f"{gateway.url}/daraja"}}
        yield gateway
        pool(f"{gateway.url}/daraja").close()


def prompt(phone: str = GOOD, amount_minor: int = AMOUNT) -> Payment:
    """A payment whose attempt has been sent."""
    wanted = Wanted("mpesa", {"phone_number": phone})
    payment = pay_account(
        destination="student:S004", amount_minor=amount_minor, currency="KES", wanted=wanted, caller="user:joan", gateway="mpesa"
    )
    assert asking.send(PaymentAttempt.objects.get(payment_id=payment.id).pk)
    return payment


def now(payment: Payment) -> tuple[str, str]:
    """Status, and the last reason there was."""
    payment.refresh_from_db()
    reasons = PaymentHistory.objects.filter(payment_id=payment.id).order_by("-id").values_list("reason", flat=True)
    return payment.status, reasons[0]


def heard(far: FarSide) -> None:
    far.fall_quiet()
    decide_all()


def test_payers_answer_as_their_phones_do_and_a_query_agrees_with_the_callback(far: FarSide):
    expected = {
        "01": ("failed", "insufficient_funds"),
        "02": ("failed", "wrong_pin"),
        "03": ("cancelled", "cancelled_by_payer"),
        "04": ("failed", "customer_unreachable"),
        "05": ("expired", "expired"),
        "06": ("failed", "subscriber_busy"),
        "07": ("pending", ""),
        "08": ("pending", ""),
        "10": ("unknown", "result_7777"),
        "11": ("pending", ""),
        "12": ("failed", "repeated_too_soon"),
        "13": ("failed", "gateway_busy"),
        "14": ("failed", "subscriber_busy"),
        "15": ("failed", "pin_locked"),
    }
    payments = {end: prompt(f"2547000000{end}") for end in expected}
    paid = prompt()
    assert NaturalKey.objects.filter(payment_id=paid.id).count() == 4
    heard(far)
    assert {end: now(payment) for end, payment in payments.items()} == expected
    assert now(paid) == ("succeeded", "")
    assert ExceptionItem.objects.get().reason == "success_without_receipt"

    after = expected | {"07": ("pending", ""), "08": ("succeeded", ""), "11": ("succeeded", "")}
    for end, payment in payments.items():
        if end != "14":
            sync(payment_id=payment.id, actor="user:joan")
        assert now(payment)[0] == after[end][0], end
    sync(payment_id=paid.id, actor="user:joan")
    assert sum(row["amount_minor"] for row in far.paid()) == OWED - owed_by("S004") == 3 * AMOUNT
    assert (far.calls("mpesa", "log_in"), far.calls("mpesa", "stk_push")) == (1, len(expected))


def test_what_is_told_twice_late_and_by_two_voices_is_one_payment(far: FarSide):
    call_command("register_tills")
    far.turn(duplicate=1, delay=0.3)
    payments = [prompt(amount_minor=AMOUNT + 100 * number) for number in range(6)]
    heard(far)
    assert {now(payment)[0] for payment in payments} == {"succeeded"}
    assert Payment.objects.count() == 6
    assert OWED - owed_by("S004") == sum(row["amount_minor"] for row in far.paid())


def test_a_success_found_by_query_gets_its_receipt_from_the_tills_confirmation(far: FarSide, settings: Any):
    till = settings.GATEWAYS["mpesa"] | {"c2b_shortcode": settings.GATEWAYS["mpesa"]["shortcode"]}
    settings.GATEWAYS = settings.GATEWAYS | {"mpesa": till}
    call_command("register_tills")
    payment = prompt("254700000008")
    far.fall_quiet()
    sync(payment_id=payment.id, actor="user:joan")
    assert now(payment) == ("succeeded", "")
    assert not NaturalKey.objects.filter(kind="receipt").exists()
    decide_all()
    assert now(payment) == ("succeeded", "receipt_named")
    assert NaturalKey.objects.get(kind="receipt").reference == far.paid()[0]["reference"]
    assert (Payment.objects.count(), OWED - owed_by("S004")) == (1, AMOUNT)


def test_a_lie_about_the_amount_is_held_and_broken_answers_are_never_a_failure(far: FarSide):
    far.turn(wrong_amount=1)
    lied_about = prompt()
    heard(far)
    assert now(lied_about)[0] == "pending"
    assert ExceptionItem.objects.get().reason == "another_amount"

    far.turn(wrong_amount=0, errors=1)
    broken = [prompt(amount_minor=2000 + 100 * number) for number in range(4)]
    assert {now(payment)[0] for payment in broken} <= {"unknown", "pending"}
    sent = {payment.id: PaymentAttempt.objects.get(payment_id=payment.id, operation="charge") for payment in broken}
    far.turn(errors=0)
    for payment in broken:
        # What was only refused a token has certainly not been sent; the rest is never sent again.
        assert asking.send(sent[payment.id].pk) is False
        assert sent[payment.id].status in {"unknown", "prepared"}
    heard(far)
    known = {payment.id: now(payment)[0] for payment in broken}
    assert set(known.values()) <= {"succeeded", "unknown", "pending"}
    # Whoever was prompted has paid, and the callback has found the payment, though nobody had told us the prompt's name.
    assert far.calls("mpesa", "stk_push") == 1 + list(known.values()).count("succeeded")


def test_a_till_is_asked_before_it_takes_money_and_told_after(far: FarSide):
    call_command("register_tills")
    asking_daraja = outbound("mpesa").wire()
    for bill in ("S004", "s004 ", "NOBODY"):
        sent = {"ShortCode": "600966", "CommandID": "CustomerPayBillOnline", "Amount": 25, "Msisdn": GOOD, "BillRefNumber": bill}
        assert session.ask(asking_daraja, "/mpesa/c2b/v2/simulate", sent).status == 200
    heard(far)
    assert (len(far.paid()), OWED - owed_by("S004"), Payment.objects.count()) == (2, 5000, 2)
