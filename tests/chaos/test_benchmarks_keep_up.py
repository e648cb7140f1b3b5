"""The benchmarks write rows of their own: this tells whoever changes a table that the floor and the past have to follow."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from bench import floor
from bench.harness import inbox, school
from bench.harness.site import Connection
from bench.preload import preload
from ledger.services.verify import verify
from tests.cast import decide_all, deliver, notification
from tests.servers import environment

STUDENTS = 20


@pytest.fixture
def beside(transactional_db: None) -> Iterator[Connection]:
    """A school that has been paid once, and a connection of the bench's own."""
    school.main(STUDENTS, 2, 1_000_00)
    deliver(notification("FIRST", student=school.name_of(5)))
    decide_all()
    with psycopg.connect(environment()["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield connection
        connection.execute("DROP TABLE IF EXISTS bench_staging")


def count(connection: Connection, table: str) -> int:
    row = connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def test_pure_sql_settles_what_was_staged_into_books_that_prove_themselves(beside: Connection) -> None:
    inbox.main(1000, STUDENTS, "F", stage=True)
    floor.settle_staged(beside, 1000, batch=100, warm_up=2)
    assert verify() == []
    assert count(beside, "inbound_pending") == 0
    for table in ("payment", "natural_key", "payment_history", "event", "inbound_outcome"):
        assert count(beside, table) == 1001


def test_a_past_of_payments_is_as_if_it_had_been_settled(beside: Connection) -> None:
    preload(beside, 1000, b"sealed")
    assert verify() == []
    for table in ("payment", "natural_key", "payment_history", "event", "inbound_outcome", "inbound_event"):
        assert count(beside, table) == 1001
    inbox.main(500, STUDENTS, "S", stage=False)
    assert decide_all() == 500
    assert verify() == []
