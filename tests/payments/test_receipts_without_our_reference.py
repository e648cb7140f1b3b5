"""An STK prompt and the anonymous receipt (C2B) that may be its own: one payment when they match, never a guess."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.models import ExceptionItem
from ledger.services.accounts import open_account
from ledger.services.balances import balance
from ledger.services.verify import verify
from payments.evidence import AmountRule, Evidence, Key
from payments.gateways.outbound import OURS
from payments.models import NaturalKey, Payment, PaymentAttempt
from payments.services.settling import Outcome, settle
from payments.statuses import Status
from tests.gateways.asked import payment_of

pytestmark = pytest.mark.django_db
ACCOUNT = "student:S004:KES"


def prompt(checkout: str, *, status: Status = Status.PENDING, receipt: str = "", amount: int = 100_000) -> Evidence:
    """What the STK side says: its checkout id finds the payment; a success has a receipt, or none when a query found it."""
    key = Key("checkout", checkout)
    movement = None
    if status is Status.SUCCEEDED:
        movement = Key("receipt", receipt) if receipt else key
    return Evidence(
        gateway="mpesa",
        kind="stk",
        keys=(key,),
        status=status,
        amount_minor=amount,
        currency="KES",
        account=ACCOUNT,
        movement=movement,
        amount_rule=AmountRule.FIXED,
        lacks="receipt" if movement == key else "",
    )


def confirmation(receipt: str, *, amount: int = 100_000, minutes: int = 0) -> Evidence:
    """What C2B says: a receipt, an account and an amount, `minutes` after now."""
    return Evidence(
        gateway="mpesa",
        kind="c2b",
        keys=(),
        status=Status.SUCCEEDED,
        amount_minor=amount,
        currency="KES",
        account=ACCOUNT,
        movement=Key("receipt", receipt),
        adopts="checkout",
        occurred_at=datetime.now(UTC) + timedelta(minutes=minutes),
    )


@pytest.fixture(autouse=True)
def account() -> None:
    open_account(ACCOUNT)


def asked_for(*, sent_minutes: int | None, checkout: str = "") -> Payment:
    """A payment that we asked for, born now; its prompt was sent so many minutes later, if at all."""
    keys = [Key("checkout", checkout)] if checkout else []
    payment = payment_of("mpesa", 100_000, "KES", *keys, account=ACCOUNT)
    now = datetime.now(UTC)
    sent = None if sent_minutes is None else now + timedelta(minutes=sent_minutes)
    PaymentAttempt.objects.create(
        payment_id=payment.id, gateway="mpesa", operation="charge", amount_minor=100_000, actor="x", prepared_at=now, sent_at=sent
    )
    return payment


def answer_of(payment: Payment, checkout: str) -> Evidence:
    """Daraja's answer to the push: only it tells the prompt's name."""
    ours = Key(OURS, payment.reference)
    return prompt(checkout)._replace(keys=(ours, Key("checkout", checkout)), account=None, amount_minor=0)


def told(*facts: Evidence) -> list[str]:
    return [_short(settle([fact])[0]) for fact in facts]


def _short(outcome: Outcome) -> str:
    return " ".join(filter(None, [outcome.verdict, outcome.reason]))


def test_the_receipt_finds_its_prompt_and_the_callback_is_then_a_duplicate():
    assert told(prompt("C1"), confirmation("R1"), prompt("C1", status=Status.SUCCEEDED, receipt="R1")) == [
        "recorded",
        "settled",
        "duplicate",
    ]
    assert Payment.objects.count() == 1
    assert balance(ACCOUNT) == -100_000


def test_callback_first_then_the_receipt_is_a_duplicate():
    assert told(prompt("C1"), prompt("C1", status=Status.SUCCEEDED, receipt="R1"), confirmation("R1")) == [
        "recorded",
        "settled",
        "duplicate",
    ]


def test_a_success_found_by_query_is_named_by_the_receipt_that_comes_later():
    assert told(prompt("C1"), prompt("C1", status=Status.SUCCEEDED), confirmation("R1")) == [
        "recorded",
        "settled",
        "recorded receipt_named",
    ]
    assert Payment.objects.count() == 1
    assert balance(ACCOUNT) == -100_000
    assert NaturalKey.objects.get(kind="receipt").confirms
    assert told(confirmation("R1"), prompt("C1", status=Status.SUCCEEDED, receipt="R1")) == ["duplicate", "duplicate"]


def test_a_second_receipt_is_new_money():
    assert told(prompt("C1"), confirmation("R1"), confirmation("R2")) == ["recorded", "settled", "settled"]
    assert Payment.objects.count() == 2
    assert balance(ACCOUNT) == -200_000


def test_two_prompts_alike_and_one_receipt_is_a_conflict():
    assert told(prompt("C1"), prompt("C2"), confirmation("R1")) == ["recorded", "recorded", "conflict ambiguous_receipt"]
    assert balance(ACCOUNT) == 0


@pytest.mark.parametrize("differs", [{"amount": 100_001}, {"minutes": 11}])
def test_another_amount_or_too_late_is_a_payment_of_its_own(differs: dict[str, int]):
    assert told(prompt("C1"), confirmation("R1", **differs)) == ["recorded", "settled"]
    assert Payment.objects.count() == 2


def test_another_amount_on_a_fixed_payment_is_quarantined():
    assert told(prompt("C1"), prompt("C1", status=Status.SUCCEEDED, receipt="R1", amount=99_999)) == [
        "recorded",
        "quarantined another_amount",
    ]
    assert balance(ACCOUNT) == 0


def test_a_fact_that_names_no_account_and_no_known_payment_is_quarantined():
    assert told(prompt("C9")._replace(account=None)) == ["quarantined unknown_payment"]


def test_a_receipt_of_one_payment_under_the_checkout_of_another_is_a_conflict():
    told(prompt("C1"), prompt("C1", status=Status.SUCCEEDED, receipt="R1"), prompt("C2"))
    assert told(prompt("C2", status=Status.SUCCEEDED, receipt="R1")) == ["conflict receipt_of_another"]
    assert balance(ACCOUNT) == -100_000


def test_prompt_and_two_receipts_in_one_batch_fold_into_the_right_payments():
    told(prompt("C1"))
    outcomes = [_short(o) for o in settle([confirmation("R1"), confirmation("R2"), confirmation("R1")])]
    assert outcomes == ["settled", "settled", "duplicate"]
    assert Payment.objects.count() == 2
    assert balance(ACCOUNT) == -200_000


def test_a_prompt_that_was_sent_late_still_adopts_its_receipt(settings: Any):
    settings.GATEWAY_PACE_PERCENT = 100
    asked_for(sent_minutes=12, checkout="C1")
    assert told(confirmation("R1", minutes=13), prompt("C1", status=Status.SUCCEEDED)) == ["settled", "duplicate"]
    assert (Payment.objects.count(), balance(ACCOUNT)) == (1, -100_000)


@pytest.mark.parametrize(("sent", "paid"), [(0, 11), (12, 5)])
def test_a_prompt_that_was_sent_too_long_before_or_only_afterwards_adopts_nothing(sent: int, paid: int, settings: Any):
    settings.GATEWAY_PACE_PERCENT = 100
    asked_for(sent_minutes=sent, checkout="C1")
    # Neither can it be what a query finds: both are booked.
    assert told(confirmation("R1", minutes=paid), prompt("C1", status=Status.SUCCEEDED)) == ["settled", "settled"]
    assert (Payment.objects.count(), balance(ACCOUNT)) == (2, -200_000)


def test_a_receipt_that_outran_the_prompts_name_is_not_booked_again_by_a_query():
    payment = asked_for(sent_minutes=0)
    assert told(confirmation("R1"), answer_of(payment, "C1")) == ["settled", "duplicate"]
    assert told(*[prompt("C1", status=Status.SUCCEEDED)] * 2) == ["conflict perhaps_booked_already"] * 2
    item = ExceptionItem.objects.get()
    assert (item.kind, item.payment_id, item.amount_minor) == ("conflict", payment.id, 100_000)
    assert "R1" in item.detail
    assert (balance(ACCOUNT), verify()) == (-100_000, [])
    # The callback knows its receipt: if it is another one, it is other money.
    assert told(prompt("C1", status=Status.SUCCEEDED, receipt="R2")) == ["settled"]
    assert (balance(ACCOUNT), verify()) == (-200_000, [])


def test_a_receipt_that_another_prompt_has_claimed_is_no_doubt():
    first, second = asked_for(sent_minutes=0, checkout="C1"), asked_for(sent_minutes=0)
    assert told(confirmation("R1"), answer_of(second, "C2"), prompt("C2", status=Status.SUCCEEDED)) == [
        "settled",
        "duplicate",
        "settled",
    ]
    first.refresh_from_db()
    assert (first.status, balance(ACCOUNT)) == ("succeeded", -200_000)


@pytest.mark.parametrize("differs", [{"account": "student:S005:KES"}, {"amount_minor": 100_001}])
def test_money_for_another_account_or_of_another_amount_is_no_doubt(differs: dict[str, Any]):
    open_account("student:S005:KES")
    payment = asked_for(sent_minutes=0)
    told(confirmation("R1")._replace(**differs), answer_of(payment, "C1"))
    assert told(prompt("C1", status=Status.SUCCEEDED)) == ["settled"]
