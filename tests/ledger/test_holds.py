from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from core.errors import AmountOutOfRange
from core.ids import new_id
from ledger import chart
from ledger.errors import (
    AccountFrozen,
    AccountNotGuarded,
    HoldClosed,
    HoldExceeded,
    InsufficientFunds,
    InvalidTransfer,
    ReferenceConflict,
    UnknownAccount,
    UnknownHold,
)
from ledger.models import Account, Hold
from ledger.services.accounts import open_account
from ledger.services.balances import available, balance, held
from ledger.services.holding import expire_holds, extend_hold, hold, post_hold, void_hold
from ledger.services.posting import Posted
from ledger.services.verify import verify
from ledger.tasks import expire_holds as sweep
from tests.ledger.cast import ALICE, BOB, CLEARING, FEES, JOAN, book, deposit, movement

LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _alice_has_a_hundred(books: None) -> None:
    deposit(ALICE, 100, "D1")


def take(held: Hold, amount_minor: int, reference: str) -> Posted:
    with transaction.atomic():
        return post_hold(held.id, credit=CLEARING, amount_minor=amount_minor, reference=reference, kind="withdrawal")


def parts(hold_id: object) -> tuple[int, int, int, int]:
    row = Hold.objects.get(pk=hold_id)
    return row.posted_minor, row.voided_minor, row.expired_minor, row.open_minor


def test_held_money_is_not_available_and_not_gone() -> None:
    hold(account=ALICE, amount_minor=60, reference="H1")
    assert (balance(ALICE), held(ALICE), available(ALICE)) == (100, 60, 40)


def test_no_more_is_held_than_is_available() -> None:
    hold(account=ALICE, amount_minor=60, reference="H1")
    with pytest.raises(InsufficientFunds):
        hold(account=ALICE, amount_minor=41, reference="H2")
    assert not Hold.objects.filter(reference="H2").exists()


def test_held_money_cannot_be_spent_otherwise() -> None:
    hold(account=ALICE, amount_minor=60, reference="H1")
    with pytest.raises(InsufficientFunds):
        book(movement("S1", 41, debit=ALICE, credit=FEES))


def test_asking_twice_holds_once() -> None:
    assert hold(account=ALICE, amount_minor=60, reference="H1") == hold(account=ALICE, amount_minor=60, reference="H1")
    assert held(ALICE) == 60


@pytest.mark.parametrize(("account", "amount"), [(ALICE, 61), (BOB, 60)])
def test_a_taken_reference_holds_nothing_else(account: str, amount: int) -> None:
    hold(account=ALICE, amount_minor=60, reference="H1")
    with pytest.raises(ReferenceConflict):
        hold(account=account, amount_minor=amount, reference="H1")


def test_a_hold_is_posted_in_parts_and_its_rest_voided() -> None:
    held_row = hold(account=ALICE, amount_minor=60, reference="H1")
    take(held_row, 20, "W1")
    take(held_row, 30, "W2")
    assert void_hold(held_row.id).state == "closed"
    assert parts(held_row.id) == (50, 10, 0, 0)
    assert (balance(ALICE), held(ALICE), balance(CLEARING)) == (50, 0, 50)
    assert verify() == []


def test_posting_a_part_twice_posts_it_once() -> None:
    held_row = hold(account=ALICE, amount_minor=60, reference="H1")
    first = take(held_row, 60, "W1")
    assert take(held_row, 60, "W1") == Posted(first.id, new=False)
    assert parts(held_row.id) == (60, 0, 0, 0)


def test_no_more_is_posted_than_is_open() -> None:
    held_row = hold(account=ALICE, amount_minor=60, reference="H1")
    with pytest.raises(HoldExceeded):
        take(held_row, 61, "W1")
    void_hold(held_row.id, amount_minor=20)
    assert parts(held_row.id) == (0, 20, 0, 40)


def test_no_more_is_voided_than_is_open() -> None:
    held_row = hold(account=ALICE, amount_minor=60, reference="H1")
    for amount in (61, 0, -1):
        with pytest.raises(HoldExceeded):
            void_hold(held_row.id, amount_minor=amount)


def test_what_was_voided_is_not_posted() -> None:
    held_row = hold(account=ALICE, amount_minor=60, reference="H1")
    void_hold(held_row.id)
    with pytest.raises(HoldClosed):
        take(held_row, 1, "W1")


def test_what_was_posted_is_not_voided() -> None:
    held_row = hold(account=ALICE, amount_minor=60, reference="H1")
    take(held_row, 60, "W1")
    with pytest.raises(HoldClosed):
        void_hold(held_row.id)


def test_voiding_twice_is_no_error() -> None:
    held_row = hold(account=ALICE, amount_minor=60, reference="H1")
    void_hold(held_row.id)
    assert void_hold(held_row.id).voided_minor == 60


def test_a_hold_is_drawn_from_its_own_account_only() -> None:
    held_row = hold(account=ALICE, amount_minor=60, reference="H1")
    deposit(BOB, 100, "D2")
    with pytest.raises(InvalidTransfer):
        book(movement("W1", 10, debit=BOB, credit=CLEARING, hold_id=held_row.id))


def test_what_is_unknown_is_said_to_be() -> None:
    for act in (void_hold, lambda hold_id: extend_hold(hold_id, expires_at=LATER)):
        with pytest.raises(UnknownHold):
            act(new_id())
    with pytest.raises(UnknownHold):
        book(movement("W1", 10, debit=ALICE, credit=CLEARING, hold_id=new_id()))
    with pytest.raises(UnknownAccount):
        hold(account=chart.wallet("nobody"), amount_minor=1, reference="H1")


def test_nothing_is_held_where_there_is_no_floor() -> None:
    with pytest.raises(AccountNotGuarded):
        hold(account=JOAN, amount_minor=1, reference="H1")


def test_nothing_is_held_on_a_frozen_account() -> None:
    Account.objects.get(code=ALICE).freeze()
    with pytest.raises(AccountFrozen):
        hold(account=ALICE, amount_minor=1, reference="H1")


def test_what_makes_no_hold_is_refused() -> None:
    with pytest.raises(AmountOutOfRange):
        hold(account=ALICE, amount_minor=0, reference="H1")
    with pytest.raises(InvalidTransfer):
        hold(account=ALICE, amount_minor=1, reference="")
    with pytest.raises(InvalidTransfer):
        hold(account=ALICE, amount_minor=1, reference="H1", expires_at=datetime(2100, 1, 1))  # noqa: DTZ001 - naive on purpose


def test_the_sweeper_gives_back_what_is_due_and_only_that() -> None:
    due = hold(account=ALICE, amount_minor=10, reference="H1", expires_at=LATER)
    not_yet = hold(account=ALICE, amount_minor=20, reference="H2", expires_at=LATER + timedelta(days=1))
    never = hold(account=ALICE, amount_minor=30, reference="H3")
    take(due, 4, "W1")
    assert expire_holds(now=LATER) == 1
    assert parts(due.id) == (4, 0, 6, 0)
    assert parts(not_yet.id) == (0, 0, 0, 20)
    assert parts(never.id) == (0, 0, 0, 30)
    assert (balance(ALICE), held(ALICE)) == (96, 50)
    assert verify() == []


def test_sweeping_twice_is_safe() -> None:
    hold(account=ALICE, amount_minor=10, reference="H1", expires_at=timezone.now() - timedelta(seconds=1))
    assert (sweep(), sweep()) == (1, 0)
    assert held(ALICE) == 0


def test_the_sweeper_takes_no_more_than_its_limit() -> None:
    deposit(BOB, 100, "D2")
    for wallet in (ALICE, BOB):
        hold(account=wallet, amount_minor=10, reference=f"H:{wallet}", expires_at=LATER)
    assert expire_holds(now=LATER, limit=1) == 1
    assert expire_holds(now=LATER, limit=1) == 1


def test_a_spend_is_not_refused_for_money_whose_time_is_over() -> None:
    due = hold(account=ALICE, amount_minor=100, reference="H1", expires_at=timezone.now() - timedelta(seconds=1))
    assert available(ALICE) == 0
    book(movement("S1", 100, debit=ALICE, credit=FEES))
    assert parts(due.id) == (0, 0, 100, 0)
    assert verify() == []


def test_a_hold_is_not_refused_for_money_whose_time_is_over() -> None:
    hold(account=ALICE, amount_minor=100, reference="H1", expires_at=timezone.now() - timedelta(seconds=1))
    hold(account=ALICE, amount_minor=100, reference="H2")
    assert held(ALICE) == 100


def test_a_hold_whose_time_is_over_is_not_posted() -> None:
    due = hold(account=ALICE, amount_minor=100, reference="H1", expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(HoldClosed):
        take(due, 1, "W1")


def test_a_hold_can_be_extended_while_it_lives() -> None:
    living = hold(account=ALICE, amount_minor=10, reference="H1", expires_at=LATER)
    extend_hold(living.id, expires_at=LATER + timedelta(minutes=5))
    assert expire_holds(now=LATER) == 0
    dead = hold(account=ALICE, amount_minor=10, reference="H2", expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(HoldClosed):
        extend_hold(dead.id, expires_at=LATER)


def test_a_reopened_wallet_of_another_currency_is_another_account() -> None:
    dollars = chart.wallet("alice-usd")
    open_account(dollars, owner="user:alice", currency="USD")
    with pytest.raises(InsufficientFunds):
        hold(account=dollars, amount_minor=1, reference="H1")
