"""What posting costs does not depend on how much is posted, or on how much is there."""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.ids import new_id
from core.sql import query
from ledger import chart
from ledger.models import Balance
from ledger.services.accounts import NewAccount, open_accounts
from ledger.services.planning import force_index_lookups
from ledger.services.posting import NewTransfer, post
from ledger.services.statements import statement
from tests.ledger.cast import ALICE, CLEARING, FEES, book, deposit, movement

pytestmark = pytest.mark.usefixtures("books")


def students(count: int) -> list[str]:
    codes = [chart.student(f"N{n:05}", "KES") for n in range(count)]
    open_accounts(NewAccount(code) for code in codes)
    return codes


def statements(transfers: list[NewTransfer]) -> list[str]:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        post(transfers)
    return [str(one["sql"]) for one in captured]


@pytest.mark.parametrize("fact", [True, False])
def test_five_hundred_take_as_many_statements_as_one(fact: bool) -> None:
    codes = students(501)
    book(movement("TXN"))
    one = statements([movement("TXN:one", credit=codes[500], fact=fact)])
    many = statements([movement(f"TXN:{n}", credit=codes[n], fact=fact) for n in range(500)])
    assert len(one) == len(many) <= 9


def test_reading_what_is_booked_already_takes_as_many_statements_for_many() -> None:
    codes = students(200)
    batch = [movement(f"TXN:{n}", credit=codes[n]) for n in range(200)]
    book(*batch)
    assert len(statements(batch[:1])) == len(statements(batch))


def test_facts_on_accounts_without_a_floor_take_no_lock_of_their_own() -> None:
    assert not any("FOR NO KEY UPDATE" in sql and "slot = 0" in sql for sql in statements([movement("TXN1", fact=True)]))
    deposit(ALICE, 100, "D1")
    assert any("slot = 0" in sql for sql in statements([movement("S1", 1, debit=ALICE, credit=FEES, fact=True)]))


def plan_of(name: str, *columns: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE account, balance")
        cursor.execute("EXPLAIN (FORMAT JSON) " + query("ledger", name), columns)
        found = cursor.fetchone()[0]
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def nodes(plan: dict[str, Any]) -> list[str]:
    return [plan["Node Type"]] + [name for child in plan.get("Plans", []) for name in nodes(child)]


def test_balances_are_reached_by_index_and_moved_in_the_order_of_the_list() -> None:
    """Hash joins of the whole table would be slower, and would lock in the order of the table."""
    students(3000)
    force_index_lookups()
    ids = "{" + ",".join(str(n) for n in range(1, 501)) + "}"
    zeros = "{" + ",".join("0" for _ in range(500)) + "}"
    plan = plan_of("move_balances", ids, zeros, zeros, zeros, zeros)
    assert nodes(plan) == ["ModifyTable", "Nested Loop", "Function Scan", "Index Scan"]
    locking = nodes(plan_of("lock_balances", ids))
    assert locking[:2] == ["CTE Scan", "LockRows"]
    assert "Seq Scan" not in locking


def test_references_are_claimed_in_their_order() -> None:
    """Twins that claim in other orders would wait for each other."""
    assert nodes(plan_of("claim_references", "{b,a}", f"{{{new_id()},{new_id()}}}")) == ["ModifyTable", "Sort", "Function Scan"]


def test_a_statement_reads_the_transfers_of_its_account_alone() -> None:
    """A plan made for any account walks every transfer backwards, looking for those of one that is seldom debited."""
    codes = students(400)
    book(movement("fee", debit=codes[7], credit=FEES, kind="debt"))
    for batch in range(8):
        book(*[movement(f"TXN{batch}:{code}", credit=code) for code in codes])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE transfer, account, balance")
    with CaptureQueriesContext(connection) as captured:
        assert len(statement(codes[7]).lines) == 9
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + captured[-1]["sql"].replace("%", "%%"), [])
        plan = json.loads(json.dumps(cursor.fetchone()[0]))[0]["Plan"]
    assert passed_over(plan) < 100


def passed_over(plan: dict[str, Any]) -> int:
    return int(plan.get("Rows Removed by Filter", 0)) + sum(passed_over(child) for child in plan.get("Plans", []))


def test_a_batch_adds_to_one_row_of_a_hot_account() -> None:
    deposit(ALICE, 100, "D1")
    book(*[movement(f"TXN{n}") for n in range(20)])
    assert Balance.objects.filter(account__code=CLEARING, debits_minor__gt=0).count() == 1
