import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.ledger.cast import ALICE, CLEARING, FEES, JOAN, NOON, book, deposit, movement

pytestmark = pytest.mark.usefixtures("books")

MINUS = "\u2212"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("ledger", *arguments, stdout=out)
    return out.getvalue()


def lie() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE balance SET debits_minor = debits_minor + 1 WHERE account_id = (SELECT id FROM account WHERE code = %s)",
            [JOAN],
        )


def test_verify_ticks_every_check_of_books_that_are_proved() -> None:
    book(movement("TXN1"))
    lines = run("verify").splitlines()
    assert len(lines) >= 15
    assert all(line.startswith("✓ ") for line in lines)


def test_verify_names_a_lie_and_fails() -> None:
    lie()
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("ledger", "verify", stdout=out)
    assert refused.value.returncode == 1
    assert "✗ balances are the sums of their transfers\n    student:S004:KES: balance rows say debits 1" in out.getvalue()


def test_verify_speaks_json() -> None:
    assert json.loads(run("verify", "--json"))["proved"]
    lie()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("ledger", "verify", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert not report["proved"]
    assert [check["check"] for check in report["checks"] if check["findings"]] == [
        "debits equal credits in every currency",
        "balances are the sums of their transfers",
    ]


def test_a_statement_is_printed_in_the_schools_time_and_money() -> None:
    book(movement("fee:1", 150_000_00, debit=JOAN, credit=FEES, kind="debt"))
    book(movement("TXN1", 50_000_00))
    when, *lines = run("statement", JOAN).splitlines()
    assert when.split() == ["when", "kind", "reference", "counterpart", "amount", "balance"]
    assert [" ".join(line.split()) for line in lines] == [
        f"2026-05-04 15:00:00 EAT receipt TXN1 {CLEARING} {MINUS}KES 50,000.00 KES 100,000.00",
        f"2026-05-04 15:00:00 EAT debt fee:1 {FEES} KES 150,000.00 KES 150,000.00",
    ]


def test_a_statement_can_be_short_and_of_another_day() -> None:
    for n in range(5):
        book(movement(f"TXN{n}"))
    assert len(run("statement", JOAN, "--limit", "2").splitlines()) == 3
    assert len(run("statement", JOAN, "--as-of", "2026-05-03").splitlines()) == 1
    assert len(run("statement", JOAN, "--as-of", "2026-05-04").splitlines()) == 6
    assert len(run("statement", JOAN, "--as-of", NOON.isoformat()).splitlines()) == 6
    assert len(run("statement", JOAN, "--as-of", "2026-05-04T14:59").splitlines()) == 1


def test_balances_are_listed_with_sign_and_owner() -> None:
    book(movement("TXN1", 100))
    deposit(ALICE, 250, "D1")
    listed = run("balances")
    assert JOAN in listed
    assert f"{MINUS}KES 1.00" in listed
    assert [line.split()[0] for line in run("balances", "--owner", "user:alice").splitlines()] == ["account", ALICE]
    assert "KES 0.00" in run("balances", "--owner", "user:alice", "--as-of", "2026-05-03")


@pytest.mark.parametrize("account", ["student:NOBODY:KES", "nonsense"])
def test_an_account_that_is_unknown_is_an_error_of_its_own(account: str) -> None:
    with pytest.raises(CommandError, match=account) as refused:
        run("statement", account)
    assert refused.value.returncode == 2


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="no day and no instant"):
        run("balances", "--as-of", "soon")


def test_a_statement_that_is_not_whole_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    for n in range(3):
        book(movement(f"TXN{n}"))
    run("statement", JOAN, "--limit", "3")
    assert not capsys.readouterr().err
    run("statement", JOAN, "--limit", "2")
    assert "These are the newest 2; --limit shows more." in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["0", "-1", "9" * 20])
def test_a_number_of_rows_that_is_none_is_refused(limit: str) -> None:
    with pytest.raises(CommandError, match="not a number of rows"):
        run("statement", JOAN, "--limit", limit)
