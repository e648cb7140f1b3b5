import pytest

from core.errors import UnknownCurrency
from ledger import chart
from ledger.errors import AccountConflict, AccountInUse, CurrencyMismatch, InvalidAccountCode
from ledger.models import Account
from ledger.services import accounts
from ledger.services.accounts import NewAccount, open_account, open_accounts
from ledger.services.holding import hold, void_hold
from ledger.services.verify import verify
from tests.ledger.cast import ALICE, CLEARING, JOAN, book, deposit, movement

pytestmark = pytest.mark.django_db


def test_an_account_is_what_its_code_says() -> None:
    student = open_account(JOAN)
    assert (student.kind, student.currency, student.guarded, student.slots) == ("asset", "KES", False, 1)
    assert (student.owner, student.state, student.balances.count()) == ("student:S004", "open", 1)


def test_a_wallet_is_told_its_currency_and_owner() -> None:
    wallet = open_account(ALICE, owner="user:alice", currency="USD")
    assert (wallet.kind, wallet.currency, wallet.guarded, wallet.owner) == ("liability", "USD", True, "user:alice")


def test_opening_twice_opens_once() -> None:
    assert open_account(ALICE, currency="KES") == open_account(ALICE, currency="KES")


@pytest.mark.parametrize("other", [{"currency": "USD"}, {"currency": "KES", "owner": "user:bob"}], ids=["currency", "owner"])
def test_opening_it_otherwise_is_a_conflict(other: dict[str, str]) -> None:
    open_account(ALICE, currency="KES", owner="user:alice")
    with pytest.raises(AccountConflict):
        open_account(ALICE, **other)


def test_a_currency_must_be_known_and_agree_with_the_code() -> None:
    with pytest.raises(CurrencyMismatch):
        open_account(ALICE)
    with pytest.raises(CurrencyMismatch):
        open_account(JOAN, currency="USD")
    with pytest.raises(UnknownCurrency):
        open_account(ALICE, currency="XXQ")


@pytest.mark.parametrize("owner", ["alice", "User:alice", "user:", "user:a:b", "user:a b"])
def test_an_owner_is_a_word_and_an_id(owner: str) -> None:
    with pytest.raises(InvalidAccountCode):
        open_account(ALICE, currency="KES", owner=owner)


def test_many_are_opened_at_once(django_assert_num_queries: object) -> None:
    open_accounts(NewAccount(chart.student(f"S{n}", "KES")) for n in range(300))
    assert Account.objects.count() == 300
    assert verify() == []


def test_an_account_that_holds_money_is_not_closed() -> None:
    account = open_account(ALICE, currency="KES")
    deposit(ALICE, 100, "D1")
    with pytest.raises(AccountInUse):
        account.close()
    assert Account.objects.get(code=ALICE).state == "open"


def test_an_account_with_holds_is_not_closed() -> None:
    account = open_account(ALICE, currency="KES")
    deposit(ALICE, 100, "D1")
    held = hold(account=ALICE, amount_minor=100, reference="H1")
    with pytest.raises(AccountInUse):
        account.close()
    void_hold(held.id)
    book(movement("S1", 100, debit=ALICE, credit=CLEARING))
    account.close()
    assert Account.objects.get(code=ALICE).state == "closed"


def test_states_can_be_left_again() -> None:
    account = open_account(JOAN)
    for act in (account.review, account.freeze, account.close):
        act()
        account.reopen()
    assert book(movement("TXN1"))[0].new


def test_an_account_under_review_takes_everything() -> None:
    open_account(JOAN).review()
    assert book(movement("TXN1"))[0].new


def test_an_account_can_change_hands() -> None:
    open_account(ALICE, currency="KES", owner="user:alice").assign("user:bob")
    assert Account.objects.get(code=ALICE).owner == "user:bob"


def test_an_account_that_was_rolled_back_is_not_remembered() -> None:
    open_account(JOAN)
    book(movement("TXN1"))
    assert JOAN not in accounts._remembered
