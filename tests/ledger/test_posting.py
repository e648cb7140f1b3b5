from datetime import UTC, datetime

import pytest
from django.db import transaction

from ledger import chart
from ledger.errors import AccountFrozen, InsufficientFunds, ReferenceConflict, UnknownAccount
from ledger.models import Account
from ledger.services.accounts import open_account
from ledger.services.balances import available, balance, balances
from ledger.services.posting import NewTransfer, Posted, post

pytestmark = pytest.mark.django_db

JOAN = chart.student("S004", "KES")
CLEARING = chart.gateway_clearing("cellulant", "KES")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def payment(reference: str, amount: int = 50_000_00, **fields: object) -> NewTransfer:
    return NewTransfer(
        **{
            "debit": CLEARING,
            "credit": JOAN,
            "amount_minor": amount,
            "currency": "KES",
            "kind": "payment",
            "reference": reference,
            "effective_at": NOON,
            **fields,
        }
    )


def test_a_payment_lowers_what_a_student_owes() -> None:
    open_account(JOAN)
    post([NewTransfer(JOAN, chart.income("fees", "KES"), 150_000_00, "KES", "fee", "fee:S004:2026", NOON)])
    [posted] = post([payment("TXN1")])
    assert posted.new
    assert balance(JOAN) == 100_000_00
    assert balances() == {JOAN: 100_000_00, CLEARING: 50_000_00, chart.income("fees", "KES"): 150_000_00}


def test_the_same_reference_is_booked_once() -> None:
    open_account(JOAN)
    [first] = post([payment("TXN1")])
    assert post([payment("TXN1"), payment("TXN1")]) == [Posted(first.id, new=False)] * 2
    assert balance(CLEARING) == 50_000_00


def test_another_movement_under_a_taken_reference_is_a_conflict() -> None:
    open_account(JOAN)
    post([payment("TXN1")])
    with pytest.raises(ReferenceConflict), transaction.atomic():
        post([payment("TXN2"), payment("TXN1", amount=1)])
    assert balance(CLEARING) == 50_000_00


def test_a_missing_student_is_unknown() -> None:
    with pytest.raises(UnknownAccount), transaction.atomic():
        post([payment("TXN1")])
    assert balance(CLEARING) == 0


def test_a_wallet_cannot_spend_what_it_has_not() -> None:
    wallet = chart.wallet("w1")
    open_account(wallet, currency="KES", owner="user:alice")
    post([payment("D1", 100, credit=wallet)])
    with pytest.raises(InsufficientFunds), transaction.atomic():
        post([payment("S1", 101, debit=wallet, credit=CLEARING)])
    post([payment("S2", 100, debit=wallet, credit=CLEARING)])
    assert available(wallet) == 0


def test_what_a_wallet_cannot_carry_of_a_fact_its_owner_owes() -> None:
    wallet = chart.wallet("w1")
    open_account(wallet, currency="KES", owner="user:alice")
    post([payment("D1", 100, credit=wallet)])
    [posted] = post([payment("C1", 130, debit=wallet, credit=CLEARING, fact=True)])
    assert posted.shortfall_minor == 30
    assert balances() == {wallet: 0, CLEARING: -30, chart.owed("user:alice", "KES"): 30}


def test_a_frozen_account_takes_facts_only() -> None:
    open_account(JOAN).freeze()
    with pytest.raises(AccountFrozen), transaction.atomic():
        post([payment("TXN1")])
    post([payment("TXN1", fact=True)])
    assert Account.objects.get(code=JOAN).state == "frozen"
    assert balance(JOAN) == -50_000_00
