"""Real connections, at the same moment. Each race ends with the books proved."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.transaction import TransactionManagementError

from ledger import chart
from ledger.errors import AccountClosed, AccountFrozen, AccountInUse, HoldClosed, InsufficientFunds
from ledger.models import Account, Balance, Hold, Transfer
from ledger.services.accounts import NewAccount, open_account, open_accounts
from ledger.services.balances import available, balance, balances, held
from ledger.services.holding import expire_holds, hold, post_hold, void_hold
from ledger.services.posting import Posted, post
from ledger.services.reversing import reverse
from ledger.services.verify import verify
from tests.ledger.cast import ALICE, BOB, CLEARING, FEES, JOAN, book, deposit, movement, open_the_books
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)

LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _the_books_are_proved_afterwards(db: None) -> Iterator[None]:
    open_the_books()
    yield
    assert verify() == []


def in_one(act: Callable[[], Any]) -> Callable[[], Any]:
    """The act in a transaction of its own."""

    def run() -> Any:
        with transaction.atomic():
            return act()

    return run


def kinds(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def take(held_row: Hold, amount_minor: int) -> Callable[[], Posted]:
    return in_one(lambda: post_hold(held_row.id, credit=CLEARING, amount_minor=amount_minor, reference="W1", kind="withdrawal"))


def test_posting_needs_a_transaction() -> None:
    with pytest.raises(TransactionManagementError):
        post([movement("TXN1")])


@pytest.mark.parametrize("hands", [2, 6])
def test_one_reference_posted_by_several_is_booked_once(hands: int) -> None:
    answers = race(*[lambda: book(movement("TXN1"))] * hands)
    assert sorted(posted.new for [posted] in answers) == [False] * (hands - 1) + [True]
    assert len({posted.id for [posted] in answers}) == 1
    assert balance(CLEARING) == 100


def test_batches_that_share_references_in_other_orders_are_booked_once() -> None:
    for turn in range(4):
        batch = [movement(f"TXN{turn}:{n}") for n in range(300)]
        shuffled = random.Random(turn).sample(batch, len(batch))
        for answers in race(
            lambda batch=batch: book(*batch), lambda batch=batch: book(*reversed(batch)), lambda batch=shuffled: book(*batch)
        ):
            assert len(answers) == 300
    assert balance(CLEARING) == 4 * 300 * 100


def test_two_holds_for_the_last_money() -> None:
    deposit(ALICE, 100, "D1")
    answers = race(*[lambda name=name: hold(account=ALICE, amount_minor=60, reference=name) for name in ("H1", "H2")])
    assert kinds(answers) == ["Hold", "InsufficientFunds"]
    assert held(ALICE) == 60


def test_one_hold_asked_for_by_two() -> None:
    deposit(ALICE, 100, "D1")
    first, second = race(*[lambda: hold(account=ALICE, amount_minor=60, reference="H1")] * 2)
    assert first.id == second.id
    assert held(ALICE) == 60


def test_a_hold_and_a_spend_for_the_last_money() -> None:
    deposit(ALICE, 100, "D1")
    answers = race(
        lambda: hold(account=ALICE, amount_minor=60, reference="H1"),
        lambda: book(movement("S1", 60, debit=ALICE, credit=FEES)),
    )
    assert sum(isinstance(answer, InsufficientFunds) for answer in answers) == 1
    assert available(ALICE) == 40


def test_ten_spends_of_which_the_money_is_enough_for_four() -> None:
    deposit(ALICE, 100, "D1")
    answers = race(*[lambda n=n: book(movement(f"S{n}", 25, debit=ALICE, credit=FEES)) for n in range(10)])
    assert sum(isinstance(answer, InsufficientFunds) for answer in answers) == 6
    assert balance(ALICE) == 0


def test_a_hold_is_posted_or_voided() -> None:
    deposit(ALICE, 100, "D1")
    held_row = hold(account=ALICE, amount_minor=60, reference="H1")
    answers = race(take(held_row, 60), lambda: void_hold(held_row.id))
    assert sum(isinstance(answer, HoldClosed) for answer in answers) == 1
    held_row.refresh_from_db()
    assert (held_row.posted_minor, held_row.voided_minor) in {(60, 0), (0, 60)}


def test_a_hold_is_posted_or_expires() -> None:
    deposit(ALICE, 100, "D1")
    held_row = hold(account=ALICE, amount_minor=60, reference="H1", expires_at=LATER)
    posted, expired = race(take(held_row, 60), lambda: expire_holds(now=LATER))
    held_row.refresh_from_db()
    if isinstance(posted, HoldClosed):
        assert (expired, held_row.expired_minor) == (1, 60)
    else:
        assert (expired, held_row.posted_minor) == (0, 60)


def test_two_sweepers_expire_each_hold_once() -> None:
    for wallet, name in ((ALICE, "D1"), (BOB, "D2")):
        deposit(wallet, 100, name)
        for n in range(5):
            hold(account=wallet, amount_minor=10, reference=f"H:{name}:{n}", expires_at=LATER)
    counts = race(*[lambda: expire_holds(now=LATER)] * 2)
    counts.append(expire_holds(now=LATER))
    assert sum(counts) == 10
    assert (held(ALICE), held(BOB)) == (0, 0)


def test_two_reversals_of_one_transfer() -> None:
    [booked] = book(movement("TXN1"))
    answers = race(*[in_one(lambda: reverse(booked.id, reason="charged in error"))] * 2)
    assert sorted(posted.new for posted in answers) == [False, True]
    assert balance(JOAN) == 0


def test_money_that_crosses_does_not_deadlock() -> None:
    deposit(ALICE, 10_000, "D1")
    deposit(BOB, 10_000, "D2")

    def cross(name: str, giver: str, taker: str) -> Callable[[], int]:
        def run() -> int:
            for n in range(25):
                book(
                    movement(f"{name}:{n}", 10, debit=giver, credit=taker, kind="gift"),
                    movement(f"{name}:{n}:fee", 1, debit=giver, credit=FEES, kind="spend"),
                    movement(f"{name}:{n}:paid", 1),
                )
            return 25

        return run

    there, back, facts = cross("ab", ALICE, BOB), cross("ba", BOB, ALICE), cross("a2", ALICE, BOB)
    assert race(there, back, facts) == [25, 25, 25]
    assert (balance(ALICE), balance(BOB)) == (10_000 - 250 - 50, 10_000 + 250 - 25)


def test_facts_about_the_same_students_in_other_orders_do_not_deadlock() -> None:
    codes = [chart.student(f"N{n}", "KES") for n in range(40)]
    open_accounts(NewAccount(code) for code in codes)

    def pay(name: str) -> Callable[[], int]:
        order = random.Random(name).sample(codes, len(codes))

        def run() -> int:
            for n in range(12):
                book(*[movement(f"{name}:{n}:{code}", 1, credit=code, fact=True) for code in order])
            return 12

        return run

    assert race(pay("a"), pay("b"), pay("c")) == [12, 12, 12]
    assert balance(CLEARING) == 3 * 12 * 40


def test_slots_are_exact_when_everybody_writes() -> None:
    def pay(name: str) -> Callable[[], None]:
        def run() -> None:
            for n in range(25):
                book(*[movement(f"{name}:{n}:{m}", 3, fact=True) for m in range(4)])

        return run

    race(*[pay(name) for name in "abcd"])
    assert (balance(CLEARING), balance(JOAN)) == (1200, -1200)


def test_a_batch_does_not_queue_behind_a_hot_account() -> None:
    book(movement("TXN0", credit=ALICE))
    booked, go_on = Event(), Event()

    def linger() -> None:
        with transaction.atomic():
            post([movement("TXN1", credit=ALICE)])
            booked.set()
            assert go_on.wait(10)
        connections.close_all()

    with ThreadPoolExecutor(1) as other:
        lingering = other.submit(linger)
        assert booked.wait(10)
        with transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            post([movement("TXN2", credit=BOB)])
        go_on.set()
        lingering.result(10)
    slots = Balance.objects.filter(account__code=CLEARING, debits_minor__gt=0).values_list("slot", flat=True)
    assert sorted(slots) == [0, 1]


def test_more_batches_than_slots_wait_their_turn() -> None:
    answers = race(*[lambda n=n: book(movement(f"TXN{n}", credit=ALICE), movement(f"TXF{n}", fact=True)) for n in range(12)])
    assert [len(answer) for answer in answers] == [2] * 12
    assert balance(CLEARING) == 2400


def test_the_schools_account_is_opened_once_by_two() -> None:
    answers = race(*[lambda n=n: book(movement(f"fee:{n}", debit=JOAN, credit=FEES, kind="debt")) for n in range(4)])
    assert all(answer[0].new for answer in answers)
    assert Account.objects.filter(code=FEES).count() == 1
    assert balances(owner="student:S004") == {JOAN: 400}


def test_one_account_opened_by_two() -> None:
    first, second = race(*[lambda: open_account("wallet:carol", currency="KES")] * 2)
    assert first.id == second.id


@pytest.mark.parametrize(("verb", "answer"), [("close", AccountInUse), ("freeze", type(None))])
def test_a_change_of_state_waits_for_what_is_in_flight(verb: str, answer: type) -> None:
    booked, go_on = Event(), Event()

    def linger() -> None:
        with transaction.atomic():
            post([movement("D1", credit=ALICE, kind="deposit")])
            booked.set()
            assert go_on.wait(10)
        connections.close_all()

    def change() -> Any:
        try:
            return getattr(Account.objects.get(code=ALICE), verb)()
        except AccountInUse as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as hands:
        lingering = hands.submit(linger)
        assert booked.wait(10)
        changing = hands.submit(change)
        with pytest.raises(TimeoutError):
            changing.result(0.3)
        go_on.set()
        lingering.result(10)
        assert isinstance(changing.result(10), answer)


def test_an_account_is_closed_or_paid_into() -> None:
    closed, booked = race(Account.objects.get(code=ALICE).close, lambda: book(movement("D1", credit=ALICE, kind="deposit")))
    if closed is None:
        assert isinstance(booked, AccountClosed)
        assert balance(ALICE) == 0
    else:
        assert isinstance(closed, AccountInUse)
        assert balance(ALICE) == 100


def test_once_frozen_nothing_of_ours_moves() -> None:
    deposit(ALICE, 1000, "D1")
    wallet = Account.objects.get(code=ALICE)

    def spend() -> int:
        for n in range(1000):
            try:
                book(movement(f"S{n}", 1, debit=ALICE, credit=FEES))
            except AccountFrozen:
                return n
        return 1000

    def freeze() -> int:
        wallet.freeze()
        return balance(ALICE)

    spent, seen = race(spend, freeze)
    assert seen == balance(ALICE) == 1000 - spent


def test_a_rolled_back_batch_frees_its_references() -> None:
    claimed, go_on = Event(), Event()

    def give_up() -> None:
        with transaction.atomic():
            post([movement("TXN1")])
            claimed.set()
            assert go_on.wait(10)
            transaction.set_rollback(True)
        connections.close_all()

    def twin() -> list[Posted]:
        try:
            return book(movement("TXN1"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as hands:
        first = hands.submit(give_up)
        assert claimed.wait(10)
        second = hands.submit(twin)
        go_on.set()
        first.result(10)
        assert second.result(10)[0].new
    assert Transfer.objects.count() == 1
