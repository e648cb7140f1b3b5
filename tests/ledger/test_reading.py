from datetime import timedelta
from itertools import pairwise

import pytest

from ledger import chart
from ledger.errors import UnknownAccount
from ledger.services.balances import available, balance, balance_as_of, balances, balances_as_of, held
from ledger.services.holding import hold
from ledger.services.statements import statement
from tests.ledger.cast import ALICE, CLEARING, FEES, JOAN, NOON, book, deposit, movement

pytestmark = pytest.mark.usefixtures("books")

DAY = timedelta(days=1)


def a_term() -> None:
    """Two fees and a payment; the second fee was booked last and had taken effect in between."""
    book(movement("fee:1", 1000, debit=JOAN, credit=FEES, kind="debt", effective_at=NOON))
    book(movement("TXN1", 700, effective_at=NOON + 2 * DAY))
    book(movement("fee:2", 50, debit=JOAN, credit=FEES, kind="debt", effective_at=NOON + DAY, memo="library"))


def test_balances_have_their_natural_sign() -> None:
    a_term()
    deposit(ALICE, 10, "D1")
    assert (balance(JOAN), balance(FEES), balance(CLEARING), balance(ALICE)) == (350, 1050, 710, 10)
    assert balances(owner="student:S004") == {JOAN: 350}


def test_a_student_who_paid_too_much_has_credit() -> None:
    book(movement("TXN1", 700))
    assert balance(JOAN) == -700


def test_what_nobody_used_holds_nothing_and_what_is_nobodys_is_unknown() -> None:
    assert balance(chart.suspense("USD")) == available(chart.suspense("USD")) == balance_as_of(chart.suspense("USD"), NOON) == 0
    for read in (balance, available, held, statement, lambda code: balance_as_of(code, NOON)):
        with pytest.raises(UnknownAccount):
            read(chart.student("NOBODY", "KES"))


def test_available_is_what_is_not_held() -> None:
    deposit(ALICE, 100, "D1")
    hold(account=ALICE, amount_minor=30, reference="H1")
    assert (balance(ALICE), held(ALICE), available(ALICE)) == (100, 30, 70)


@pytest.mark.parametrize(("day", "owed"), [(-1, 0), (0, 1000), (1, 1050), (2, 350), (9, 350)])
def test_a_balance_as_of_then_counts_what_had_taken_effect(day: int, owed: int) -> None:
    a_term()
    assert balance_as_of(JOAN, NOON + day * DAY) == owed
    assert balances_as_of(NOON + day * DAY)[JOAN] == owed
    assert balances_as_of(NOON + day * DAY, owner="student:S004") == {JOAN: owed}


def test_a_statement_runs_in_the_order_of_booking() -> None:
    a_term()
    page = statement(JOAN)
    assert [(line.kind, line.amount_minor, line.balance_minor, line.counterpart) for line in page.lines] == [
        ("debt", 50, 350, FEES),
        ("receipt", -700, 300, CLEARING),
        ("debt", 1000, 1000, FEES),
    ]
    assert (page.currency, page.next_cursor, page.lines[0].memo) == ("KES", None, "library")


def test_a_statement_as_of_then_leaves_out_what_came_later() -> None:
    a_term()
    assert [(line.reference, line.balance_minor) for line in statement(JOAN, as_of=NOON + DAY).lines] == [
        ("fee:2", 1050),
        ("fee:1", 1000),
    ]


@pytest.mark.parametrize("as_of", [None, NOON])
def test_pages_of_a_statement_join_without_a_seam(as_of: object) -> None:
    for n in range(11):
        book(movement(f"TXN{n}", 10 + n, effective_at=NOON if n % 3 else NOON + DAY))
        book(movement(f"fee:{n}", 7, debit=JOAN, credit=FEES, kind="debt"))
    whole = statement(JOAN, as_of=as_of)  # type: ignore[arg-type] # parametrized
    paged, cursor = [], None
    while True:
        page = statement(JOAN, as_of=as_of, limit=4, cursor=cursor)  # type: ignore[arg-type] # parametrized
        paged += page.lines
        cursor = page.next_cursor
        if cursor is None:
            break
    assert paged == whole.lines
    for newer, older in pairwise(paged):
        assert newer.balance_minor == older.balance_minor + newer.amount_minor
