from datetime import datetime

import pytest

from core.errors import AmountOutOfRange, UnknownCurrency
from core.money import MAX_MINOR
from ledger import chart
from ledger.errors import (
    CurrencyMismatch,
    InsufficientFunds,
    InvalidAccountCode,
    InvalidTransfer,
    ReferenceConflict,
    UnknownAccount,
)
from ledger.models import Account, Transfer, TransferReference
from ledger.services.balances import available, balance, balances
from ledger.services.posting import Posted
from ledger.services.verify import verify
from tests.ledger.cast import ALICE, BOB, CLEARING, FEES, JOAN, book, deposit, movement

pytestmark = pytest.mark.usefixtures("books")


def test_a_fee_and_a_payment_leave_the_rest_owed() -> None:
    book(movement("fee:1", 150_000_00, debit=JOAN, credit=FEES, kind="debt"), movement("TXN1", 50_000_00))
    assert balances() == {JOAN: 100_000_00, CLEARING: 50_000_00, FEES: 150_000_00, ALICE: 0, BOB: 0}
    assert verify() == []


def test_answers_stand_in_the_order_of_the_arguments() -> None:
    transfers = [movement("c"), movement("a"), movement("b")]
    assert book(*transfers) == [Posted(transfer.id, new=True) for transfer in transfers]


def test_the_same_reference_is_booked_once() -> None:
    [first] = book(movement("TXN1"))
    assert book(movement("TXN2"), movement("TXN1"))[1:] == [Posted(first.id, new=False)]
    assert balance(CLEARING) == 200


def test_twins_in_one_batch_are_booked_once() -> None:
    first, second = book(movement("TXN1"), movement("TXN1"))
    assert first == second
    assert balance(CLEARING) == 100


def test_when_and_memo_may_be_told_differently() -> None:
    book(movement("TXN1"))
    [again] = book(movement("TXN1", effective_at=datetime.fromisoformat("2026-05-05T00:00+03:00"), memo="seen on a statement"))
    assert not again.new


@pytest.mark.parametrize(
    "other", [{"amount_minor": 99}, {"credit": ALICE}, {"debit": FEES}, {"kind": "refund"}], ids=lambda other: next(iter(other))
)
def test_another_movement_under_a_taken_reference_books_nothing_of_the_batch(other: dict[str, object]) -> None:
    book(movement("TXN1"))
    with pytest.raises(ReferenceConflict):
        book(movement("TXN0"), movement("TXN1", **other))
    with pytest.raises(ReferenceConflict):
        book(movement("TXN2"), movement("TXN2", **other))
    assert Transfer.objects.count() == TransferReference.objects.count() == 1


def test_an_empty_batch_is_fine() -> None:
    assert book() == []


def test_the_schools_own_accounts_open_themselves() -> None:
    book(movement("TXN1", credit=chart.suspense("KES")))
    account = Account.objects.get(code=chart.suspense("KES"))
    assert (account.kind, account.owner, account.balances.count()) == ("liability", "", 8)


def test_an_account_of_somebody_is_never_opened_by_posting() -> None:
    with pytest.raises(UnknownAccount):
        book(movement("TXN1", credit=chart.student("NOBODY", "KES")))
    assert not Account.objects.filter(code__contains="NOBODY").exists()
    assert not TransferReference.objects.exists()


@pytest.mark.parametrize(
    "code", ["", "student:S004", "student:S 4:KES", "student:S\x004:KES", "student:\ud800:KES", "nonsense", "income:Fees:KES"]
)
def test_a_code_outside_the_chart_is_refused(code: str) -> None:
    with pytest.raises(InvalidAccountCode):
        book(movement("TXN1", credit=code))


def test_a_currency_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        book(movement("TXN1", credit="suspense:XXQ"))


def test_a_transfer_does_not_cross_currencies() -> None:
    with pytest.raises(CurrencyMismatch):
        book(movement("TXN1", debit=chart.gateway_clearing("cellulant", "USD")))
    with pytest.raises(CurrencyMismatch):
        book(movement("TXN1", currency="USD"))


@pytest.mark.parametrize("amount", [0, -1, MAX_MINOR + 1])
def test_an_amount_is_positive_and_within_bounds(amount: int) -> None:
    with pytest.raises(AmountOutOfRange):
        movement("TXN1", amount)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_minor": 1.5},
        {"amount_minor": True},
        {"debit": JOAN},
        {"effective_at": datetime(2026, 5, 4)},  # noqa: DTZ001 - naive on purpose
        {"reference": ""},
        {"reference": "a" * 251},
        {"reference": "a\x00b"},
        {"kind": "Fee"},
        {"memo": "two\nlines"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_cannot_be_booked_is_refused_when_it_is_written_down(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidTransfer):
        movement(**{"reference": "TXN1", **wrong})


def test_any_printable_reference_and_memo_are_kept_as_they_are() -> None:
    odd = 'a,"b"\\{c} NULL é 日本'
    book(movement(odd, memo=odd))
    assert Transfer.objects.values_list("reference", "memo").get() == (odd, odd)


def test_a_wallet_cannot_spend_what_it_has_not() -> None:
    deposit(ALICE, 100, "D1")
    with pytest.raises(InsufficientFunds):
        book(movement("S1", 60, debit=ALICE, credit=FEES), movement("S2", 41, debit=ALICE, credit=FEES))
    book(movement("S1", 60, debit=ALICE, credit=FEES), movement("S2", 40, debit=ALICE, credit=FEES))
    assert available(ALICE) == 0


def test_what_a_batch_brings_may_be_spent_in_it() -> None:
    book(movement("S1", 100, debit=ALICE, credit=FEES), movement("D1", 100, credit=ALICE, kind="deposit"))
    assert balance(ALICE) == 0


def test_five_hundred_at_once() -> None:
    book(*[movement(f"TXN{n}", 1) for n in range(500)])
    assert balance(JOAN) == -500
    assert verify() == []
