"""Lies told by SQL behind the triggers' back: verify() names each of them."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from core.ids import lowest_id_at
from ledger import verification
from ledger.models import Transfer
from ledger.services.holding import hold, post_hold, void_hold
from ledger.services.reversing import reverse
from ledger.services.verify import verify
from ledger.verification import Finding
from tests.ledger.cast import ALICE, CLEARING, FEES, JOAN, book, deposit, movement

SUMS = "balances are the sums of their transfers"
CURRENCIES = "debits equal credits in every currency"
ROWS = "every account has its balance rows"
CHART = "accounts follow the chart"
GUARDED = "guarded accounts are not below zero"
HELD = "what is held is what open holds reserve"
HOLDS = "holds add up"
DRAWS = "holds posted what their transfers moved"
REFERENCES = "every transfer owns one reference"
SIDES = "transfers stand between two accounts of their currency"
REVERSALS = "reversals mirror what they reverse, once"
LOANS = "loans cover facts"
STRAYS = "every transfer lies in its month"
CONSTRAINTS = "constraints are in force"
GUARDS = "guards of the past are switched on"


@pytest.fixture(autouse=True)
def _a_little_of_everything(books: None) -> None:
    deposit(ALICE, 1000, "D1")
    book(movement("fee:1", 500, debit=JOAN, credit=FEES, kind="debt"), movement("TXN1", 300))
    held = hold(account=ALICE, amount_minor=300, reference="H1")
    post_hold(held.id, credit=CLEARING, amount_minor=100, reference="W1", kind="withdrawal")
    void_hold(held.id, amount_minor=50)
    reverse(Transfer.objects.get(reference="TXN1").id, reason="charged in error")
    book(movement("C1", 900, debit=ALICE, credit=CLEARING, kind="chargeback", fact=True))
    assert verify() == []


def tell(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


COPY = (
    "INSERT INTO transfer (id, debit_account_id, credit_account_id, amount_minor, currency, kind, reference, effective_at, memo,"
    " reverses_id, hold_id) SELECT {}, debit_account_id, credit_account_id, amount_minor, currency, kind, {}, effective_at, memo,"
    " reverses_id, hold_id FROM transfer WHERE reference {}"
)
SWAP = "UPDATE transfer SET debit_account_id = credit_account_id, credit_account_id = debit_account_id"

LIES = [
    ("UPDATE balance SET debits_minor = debits_minor + 1 WHERE NOT guarded AND debits_minor > 0", [SUMS, CURRENCIES]),
    ("UPDATE balance SET debits_minor = debits_minor + 5, credits_minor = credits_minor + 5 WHERE NOT guarded", [SUMS]),
    ("UPDATE account SET currency = 'USD' WHERE code = 'wallet:alice'", [SIDES, HOLDS]),
    ("DELETE FROM balance WHERE debits_minor > 0", [ROWS, SUMS]),
    ("DELETE FROM balance WHERE slot = 7", [ROWS]),
    ("INSERT INTO balance SELECT 99, guarded, 0, 0, 0, account_id FROM balance WHERE credits_minor = 500", [ROWS]),
    ("UPDATE account SET kind = 'expense' WHERE code LIKE 'student:%'", [CHART]),
    ("UPDATE account SET slots = 9 WHERE slots = 8", [CHART, ROWS]),
    ("UPDATE account SET guarded = false WHERE code LIKE 'wallet:%'", [CHART, GUARDED]),
    ("UPDATE balance SET guarded = false WHERE guarded AND held_minor = 0", [GUARDED]),
    ("UPDATE balance SET held_minor = held_minor - 1 WHERE held_minor > 0", [HELD]),
    ("UPDATE hold SET open_minor = 0, voided_minor = voided_minor + open_minor", [HELD]),
    ("UPDATE hold SET posted_minor = posted_minor + 1, voided_minor = voided_minor - 1", [DRAWS]),
    ("UPDATE hold SET expired_minor = voided_minor, voided_minor = 0", [HOLDS]),
    ("UPDATE hold SET currency = 'USD'", [HOLDS]),
    ("DELETE FROM hold", [HELD, DRAWS]),
    ("UPDATE hold SET account_id = account_id + 1", [HELD, DRAWS]),
    ("UPDATE transfer SET hold_id = NULL", [DRAWS]),
    ("DELETE FROM transfer WHERE reference = 'fee:1'", [SUMS, REFERENCES]),
    ("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE reference = 'fee:1'", [SUMS]),
    ("UPDATE transfer SET currency = 'USD' WHERE reference = 'fee:1'", [SIDES]),
    ("UPDATE transfer SET debit_account_id = 0 WHERE reference = 'fee:1'", [SIDES, SUMS]),
    ("UPDATE transfer SET reference = 'fee:2' WHERE reference = 'fee:1'", [REFERENCES]),
    ("DELETE FROM transfer_reference WHERE reference = 'fee:1'", [REFERENCES]),
    ("UPDATE transfer_reference SET transfer_id = gen_random_uuid() WHERE reference = 'fee:1'", [REFERENCES]),
    ("INSERT INTO transfer_reference SELECT 'another', id FROM transfer WHERE reference = 'fee:1'", [REFERENCES]),
    ("INSERT INTO transfer_reference VALUES ('nothing', gen_random_uuid())", [REFERENCES]),
    (COPY.format("uuid7_floor(now())", "'fee:1'", "= 'fee:1'"), [REFERENCES, SUMS]),
    (COPY.format("uuid7_floor(now())", "'reversal:again'", "LIKE 'reversal:%%'"), [REVERSALS]),
    ("UPDATE transfer SET amount_minor = 299 WHERE kind = 'reversal'", [REVERSALS]),
    (SWAP + " WHERE kind = 'reversal'", [REVERSALS]),
    ("DELETE FROM transfer WHERE reference = 'TXN1'", [REVERSALS]),
    ("UPDATE transfer SET reverses_id = NULL WHERE kind = 'reversal'", [REVERSALS]),
    ("UPDATE transfer SET reverses_id = id WHERE reference = 'fee:1'", [REVERSALS]),
    ("DELETE FROM transfer WHERE reference = 'C1'", [LOANS]),
    ("UPDATE transfer SET amount_minor = 901 WHERE kind = 'shortfall'", [LOANS]),
    ("UPDATE transfer SET credit_account_id = credit_account_id + 1 WHERE kind = 'shortfall'", [LOANS]),
]  # fmt: skip


@pytest.mark.parametrize(("lie", "checks"), LIES, ids=[lie[:70] for lie, _ in LIES])
def test_a_lie_in_the_rows_is_found(lie: str, checks: list[str]) -> None:
    tell(lie)
    assert {finding.check for finding in verify()} >= set(checks)


DISARMED = [
    ("ALTER TABLE transfer DISABLE TRIGGER refuse_change", GUARDS),
    ("ALTER TABLE transfer_default DISABLE TRIGGER refuse_truncate", GUARDS),
    ("ALTER TABLE transfer_reference DISABLE TRIGGER ALL", GUARDS),
    ("ALTER TABLE balance DISABLE TRIGGER refuse_removal", GUARDS),
    ("ALTER TABLE account ENABLE REPLICA TRIGGER refuse_rewrite", GUARDS),
    ("ALTER TABLE balance DISABLE TRIGGER ALL", GUARDS),
    ("DROP TRIGGER refuse_change ON transfer", GUARDS),
    ("DROP TRIGGER refuse_truncate ON hold", GUARDS),
    ("UPDATE table_rule SET immutable = false WHERE name = 'transfer'", GUARDS),
    ("CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", GUARDS),
    ("ALTER TABLE transfer DROP CONSTRAINT transfer_debit_account", CONSTRAINTS),
    ("ALTER TABLE transfer DROP CONSTRAINT transfer_amount", CONSTRAINTS),
    ("ALTER TABLE balance DROP CONSTRAINT balance_guarded", CONSTRAINTS),
    ("ALTER TABLE transfer_reference DROP CONSTRAINT transfer_reference_pkey", CONSTRAINTS),
]


@pytest.mark.parametrize(("act", "check"), DISARMED, ids=[act[:70] for act, _ in DISARMED])
def test_a_guard_that_was_laid_down_is_found(act: str, check: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(act)
    assert {finding.check for finding in verify()} == {check}


@pytest.mark.parametrize(
    ("disarm", "lie", "check"),
    [
        ("ALTER TABLE balance DROP CONSTRAINT balance_guarded", "UPDATE balance SET held_minor = 10000 WHERE guarded", GUARDED),
        ("ALTER TABLE balance DROP CONSTRAINT balance_held", "UPDATE balance SET held_minor = 1 WHERE NOT guarded", GUARDED),
        ("ALTER TABLE hold DROP CONSTRAINT hold_equation", "UPDATE hold SET open_minor = open_minor + 1", HOLDS),
        (
            "ALTER TABLE transfer DROP CONSTRAINT transfer_two_accounts",
            "UPDATE transfer SET credit_account_id = debit_account_id",
            SIDES,
        ),
    ],
)
def test_what_a_dropped_constraint_let_in_is_found(disarm: str, lie: str, check: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(disarm)
    tell(lie)
    assert {finding.check for finding in verify()} >= {check, CONSTRAINTS}


def test_a_transfer_that_no_month_was_made_for_is_found() -> None:
    book(movement("FAR", id=lowest_id_at(datetime(2035, 1, 1, tzinfo=UTC))))
    assert [(finding.check, finding.subject) for finding in verify()] == [(STRAYS, "FAR")]


def test_apps_above_add_their_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_checks", {})
    verification.register("payments have transfers", lambda: [("pay_1", "it has none")])
    assert verify() == [Finding("payments have transfers", "pay_1", "it has none")]
