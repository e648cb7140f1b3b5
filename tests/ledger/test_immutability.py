"""What is booked stays: by any role, by any statement, in any partition."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from core.ids import lowest_id_at
from ledger.services.holding import hold
from ledger.services.verify import verify
from tests.ledger.cast import ALICE, CLEARING, JOAN, book, deposit, movement

pytestmark = pytest.mark.usefixtures("books")


def execute(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture(autouse=True)
def _something_is_booked(books: None) -> None:
    deposit(ALICE, 100, "D1")
    hold(account=ALICE, amount_minor=60, reference="H1")
    book(movement("TXN1"))


@contextmanager
def runtime_role() -> Iterator[None]:
    """A role with the grants that the serving processes have; the test's rollback takes it away."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE ledger_test_runtime; SELECT grant_runtime('ledger_test_runtime')")
        cursor.execute("SET LOCAL ROLE ledger_test_runtime")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


PAST = [
    "UPDATE transfer SET amount_minor = 1",
    "UPDATE transfer SET memo = 'another'",
    "DELETE FROM transfer",
    "TRUNCATE transfer",
    "UPDATE transfer_reference SET transfer_id = gen_random_uuid()",
    "DELETE FROM transfer_reference",
    "TRUNCATE transfer_reference",
]
STANDING = [
    "UPDATE account SET code = code || 'x'",
    "UPDATE account SET kind = 'expense' WHERE kind = 'asset'",
    "UPDATE account SET currency = 'USD'",
    "UPDATE account SET guarded = false",
    "UPDATE account SET slots = slots + 1",
    "UPDATE account SET created_at = created_at - interval '1 day'",
    "DELETE FROM account",
    "TRUNCATE account CASCADE",
    "UPDATE balance SET slot = slot + 10",
    "UPDATE balance SET guarded = NOT guarded",
    "DELETE FROM balance",
    "TRUNCATE balance",
    "UPDATE hold SET amount_minor = 70, open_minor = 70",
    "UPDATE hold SET reference = 'another'",
    "UPDATE hold SET account_id = account_id + 1",
    "DELETE FROM hold",
    "TRUNCATE hold",
]


@pytest.mark.parametrize("sql", PAST + STANDING)
def test_the_owner_of_the_tables_cannot_rewrite_them(sql: str) -> None:
    with pytest.raises(IntegrityError, match="is refused"):
        execute(sql)
    assert verify() == []


@pytest.mark.parametrize("sql", PAST)
def test_the_runtime_role_is_not_even_allowed_to_try(sql: str) -> None:
    with runtime_role(), pytest.raises(ProgrammingError, match="permission denied"):
        execute(sql)


@pytest.mark.parametrize("sql", STANDING)
def test_nor_may_it_rewrite_what_stands(sql: str) -> None:
    with runtime_role(), pytest.raises(DatabaseError, match=r"is refused|permission denied"):
        execute(sql)


@pytest.mark.parametrize("sql", ["ALTER TABLE transfer DISABLE TRIGGER ALL", "SET LOCAL session_replication_role = replica"])
def test_the_runtime_role_cannot_switch_the_guards_off(sql: str) -> None:
    with runtime_role(), pytest.raises(ProgrammingError, match=r"must be owner|permission denied"):
        execute(sql)


def test_the_runtime_role_can_do_its_work() -> None:
    with runtime_role():
        book(movement("TXN2"), movement("W1", 10, debit=ALICE, credit=CLEARING))
        hold(account=ALICE, amount_minor=5, reference="H2")
        assert verify() == []


def test_the_default_partition_and_new_ones_are_guarded_too() -> None:
    execute("SELECT ensure_partitions_of('transfer', '2031-01-01', 1)")
    book(movement("FAR", id=lowest_id_at(datetime(2035, 1, 15, tzinfo=UTC))))
    book(movement("NEXT", id=lowest_id_at(datetime(2031, 1, 15, tzinfo=UTC))))
    for act in ("UPDATE {} SET memo = 'x'", "DELETE FROM {}", "TRUNCATE {}"):
        for partition in ("transfer_203101", "transfer_default"):
            with pytest.raises(IntegrityError, match="is refused"):
                execute(act.format(partition))


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE balance SET held_minor = 101 WHERE guarded AND held_minor > 0", "balance_guarded"),
        ("UPDATE balance SET debits_minor = -1", "balance_not_negative"),
        ("UPDATE balance SET held_minor = 1 WHERE NOT guarded", "balance_held"),
        ("UPDATE hold SET open_minor = open_minor - 1", "hold_equation"),
        ("UPDATE hold SET open_minor = -1, voided_minor = 61", "hold_not_negative"),
    ],
)
def test_the_database_itself_says_what_sums_may_be(sql: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        execute(sql)


NEW = "INSERT INTO transfer SELECT gen_random_uuid(), {}, {}, 'receipt', 'R', now(), NULL, NULL, '', {}, {} FROM account"


@pytest.mark.parametrize(
    ("amount", "currency", "credit", "debit", "constraint"),
    [
        ("0", "'KES'", "id", "id + 1", "transfer_amount"),
        ("1", "'KES'", "id", "id", "transfer_two_accounts"),
        ("1", "'USD'", "id", "id + 1", "_account"),
        ("1", "'KES'", "id", "0", "transfer_debit_account"),
    ],
)
def test_no_statement_books_what_is_no_transfer(amount: str, currency: str, credit: str, debit: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        execute(NEW.format(amount, currency, credit, debit) + f" WHERE code = '{JOAN}'")
