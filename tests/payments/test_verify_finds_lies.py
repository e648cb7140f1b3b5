"""Lies about payments and the inbox, told by SQL behind the triggers' back: verify() names each of them."""

import pytest
from django.db import connection

from ledger.services.verify import verify
from payments.evidence import AmountRule, Evidence, Key
from payments.models import Payment
from payments.services.allocating import allocate
from payments.services.settling import settle
from payments.statuses import Status
from tests.cast import decide_all, deliver, notification, owes

pytestmark = pytest.mark.django_db

KEYS = "keys that booked have their transfers"
RECEIVED = "payments received what was booked"
STATES = "payments are settled when money came"
ALLOCATIONS = "allocations empty suspense"
ORPHANS = "nothing speaks of what is not there"
TWINS = "payments and keys have no twins"
CONSTRAINTS = "constraints of payments are in force"
GUARDS = "guards of payments are switched on"


@pytest.fixture(autouse=True)
def _a_little_of_everything() -> None:
    """T1 paid; T2 allocated after a part, then paid on; T3 in suspense; T4 failed; T5 quarantined; T6 waiting; S7 confirmed."""
    owes("S004", 150_000)
    owes("S001", 150_000)
    deliver(notification("T1"), notification("T2", student="S404", amount=900, status="PENDING"))
    deliver(notification("T2", student="S404", amount=300), notification("T3", student="S405"))
    deliver(notification("T4", status="FAILED"), notification("T5", status="SORT_OF"), notification("T1"))
    decide_all()
    lost = Payment.objects.get(reference="T2")
    allocate(payment_id=lost.id, account_code="student:S001:KES", actor="user:grace", reason="It is hers.")
    rest = Evidence(
        "cellulant", "stk", (Key("transaction", "T2"),), Status.SUCCEEDED, 60_000, "KES", movement=Key("receipt", "R2")
    )
    prompt = Key("checkout", "S7")
    asked = Evidence("cellulant", "stk", (prompt,), Status.PENDING, 700, "KES", account="student:S004:KES")
    paid = asked._replace(status=Status.SUCCEEDED, movement=prompt, amount_rule=AmountRule.FIXED)
    settle([rest, asked, paid, paid._replace(movement=Key("receipt", "R7"))])
    deliver(notification("T6"))
    assert verify() == []


def tell(*statements: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement.format_map(NAMES))
        cursor.execute("SET LOCAL session_replication_role = origin")
    return {finding.check for finding in verify()}


NAMES = {
    "T1": "(SELECT payment_id FROM natural_key WHERE reference = 'T1')",
    "T2": "(SELECT payment_id FROM natural_key WHERE reference = 'T2')",
    "T3": "(SELECT payment_id FROM natural_key WHERE reference = 'T3')",
    "R1": "reference = 'payment:cellulant:transaction:T1'",
    "S001": "(SELECT id FROM account WHERE code = 'student:S001:KES')",
    "S004": "(SELECT id FROM account WHERE code = 'student:S004:KES')",
    "INCOME": "(SELECT id FROM account WHERE code = 'income:fees:KES')",
    "SUSPENSE": "(SELECT id FROM account WHERE code = 'suspense:KES')",
    "NOBODY": "'00000000-0000-7000-8000-000000000000'",
}
"""What the lies below call things."""
COPY_TRANSFER = (
    "INSERT INTO transfer (id, debit_account_id, credit_account_id, amount_minor, currency, kind, reference, effective_at, memo)"
    " SELECT uuid7_floor(now()), debit_account_id, credit_account_id, amount_minor, currency, kind,"
    " 'payment:cellulant:transaction:T9', effective_at, memo FROM transfer WHERE {R1}"
)
COPY_STEP = (
    "INSERT INTO payment_history (id, payment_id, from_status, to_status, booked_minor, source, evidence, actor, reason,"
    " recorded_at) SELECT uuid7_floor(now()), payment_id, from_status, to_status, booked_minor, source, evidence, actor, reason,"
    " recorded_at FROM payment_history WHERE payment_id = {T1} AND booked_minor > 0"
)
COPY_OUTCOME = (
    "INSERT INTO inbound_outcome SELECT {NOBODY}, verdict, reason, detail, payment_id, decided_at FROM inbound_outcome LIMIT 1"
)

LIES = [
    # What a key booked, and the transfer of its name.
    ("DELETE FROM transfer_reference WHERE {R1}", [KEYS]),
    ("DELETE FROM transfer WHERE {R1}", [KEYS]),
    ("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE {R1}", [KEYS]),
    ("UPDATE transfer SET kind = 'deposit' WHERE {R1}", [KEYS]),
    ("UPDATE transfer SET debit_account_id = {INCOME} WHERE kind = 'payment'", [KEYS]),
    ("UPDATE transfer SET credit_account_id = {S001} WHERE kind = 'payment'", [KEYS]),
    ("UPDATE transfer SET credit_account_id = {SUSPENSE} WHERE kind = 'payment'", [KEYS]),
    ("UPDATE payment SET account = 'student:S001:KES' WHERE id = {T1}", [KEYS]),
    ("UPDATE payment SET gateway = 'stripe' WHERE id = {T1}", [KEYS]),
    ("UPDATE natural_key SET payment_id = {NOBODY} WHERE reference = 'T4'", [KEYS]),
    ("UPDATE natural_key SET booked_minor = booked_minor + 1 WHERE reference = 'T1'", [KEYS, RECEIVED]),
    ("UPDATE natural_key SET confirms = true WHERE reference = 'T1'", [KEYS, RECEIVED]),
    ("UPDATE natural_key SET confirms = false WHERE reference = 'R7'", [KEYS, RECEIVED]),
    ("UPDATE natural_key SET booked_minor = NULL WHERE reference = 'T1'", [KEYS, RECEIVED]),
    ("UPDATE natural_key SET booked_minor = 5 WHERE reference = 'T4'", [KEYS, RECEIVED]),
    ("DELETE FROM natural_key WHERE reference = 'T1'", [KEYS, RECEIVED, ORPHANS]),
    ("DELETE FROM natural_key WHERE reference = 'T4'", [ORPHANS]),
    ("UPDATE natural_key SET kind = 'receipt' WHERE reference = 'T1'", [KEYS]),
    (COPY_TRANSFER, [KEYS]),
    # What a payment received, by its own row, its keys and its history.
    ("UPDATE payment SET received_minor = received_minor + 1 WHERE id = {T1}", [RECEIVED]),
    ("DELETE FROM payment_history WHERE booked_minor > 0 AND payment_id = {T1}", [RECEIVED]),
    ("UPDATE payment_history SET booked_minor = booked_minor + 1 WHERE booked_minor > 0", [RECEIVED]),
    (COPY_STEP, [RECEIVED]),
    ("DELETE FROM payment WHERE id = {T1}", [KEYS, RECEIVED, ORPHANS]),
    # Where its money was allocated.
    ("UPDATE payment SET account = 'suspense:KES' WHERE id = {T2}", [ALLOCATIONS, KEYS]),
    ("UPDATE payment SET account = 'student:S004:KES' WHERE id = {T2}", [ALLOCATIONS, KEYS]),
    ("UPDATE payment SET account = 'student:S001:KES' WHERE id = {T3}", [KEYS]),
    ("UPDATE transfer SET amount_minor = amount_minor - 1 WHERE kind = 'allocation'", [ALLOCATIONS]),
    ("UPDATE transfer SET debit_account_id = {S001}, credit_account_id = {SUSPENSE} WHERE kind = 'allocation'", [ALLOCATIONS]),
    ("UPDATE transfer SET credit_account_id = {S004} WHERE kind = 'allocation'", [ALLOCATIONS]),
    ("UPDATE transfer SET kind = 'payment' WHERE kind = 'allocation'", [ALLOCATIONS, KEYS]),
    ("UPDATE transfer SET reference = 'allocation:it' WHERE kind = 'allocation'", [ALLOCATIONS]),
    ("UPDATE transfer SET reference = 'allocation:' || {NOBODY} WHERE kind = 'allocation'", [ALLOCATIONS]),
    ("UPDATE transfer SET reference = 'allocation:' || {T3} WHERE kind = 'allocation'", [ALLOCATIONS]),
    ("DELETE FROM transfer_reference WHERE reference LIKE 'allocation:%'", [KEYS]),
    # Rows that belong to nothing.
    ("UPDATE payment_history SET payment_id = {NOBODY} WHERE booked_minor = 0", [ORPHANS]),
    ("UPDATE payment_history SET inbound_event_id = {NOBODY}", [ORPHANS]),
    ("UPDATE exception_item SET payment_id = {NOBODY} WHERE kind = 'suspense'", [ORPHANS]),
    ("UPDATE exception_item SET inbound_event_id = {NOBODY}", [ORPHANS]),
    # The inbox.
    ("DELETE FROM inbound_pending", [ORPHANS]),
    ("INSERT INTO inbound_pending (event_id) VALUES ({NOBODY})", [ORPHANS]),
    ("DELETE FROM inbound_outcome WHERE verdict = 'duplicate'", [ORPHANS]),
    (COPY_OUTCOME, [ORPHANS]),
    ("DELETE FROM inbound_event WHERE id IN (SELECT event_id FROM inbound_outcome WHERE verdict = 'quarantined')", [ORPHANS]),
    ("UPDATE inbound_outcome SET payment_id = NULL WHERE verdict = 'settled'", [ORPHANS]),
    ("UPDATE inbound_outcome SET payment_id = {NOBODY} WHERE verdict = 'duplicate'", [ORPHANS]),
    # A status that its money does not bear out, as far as no CHECK sees it.
    ("UPDATE payment SET status = 'failed' WHERE id = {T1}", [STATES]),
    ("UPDATE payment SET amount_minor = 0, status = 'succeeded' WHERE received_minor = 0", [STATES]),
]  # fmt: skip


@pytest.mark.parametrize(("lie", "checks"), LIES, ids=[lie[:90] for lie, _ in LIES])
def test_a_lie_in_the_rows_is_found(lie: str, checks: list[str]):
    assert tell(lie) >= set(checks)


@pytest.mark.parametrize(
    ("constraint", "lie", "check"),
    [
        ("payment_settled_when_received", "UPDATE payment SET settled_at = NULL", STATES),
        ("payment_settled_when_received", "UPDATE payment SET settled_at = now() WHERE received_minor = 0", STATES),
        ("payment_succeeded_is_paid", "UPDATE payment SET received_minor = 1 WHERE status = 'succeeded'", STATES),
        ("payment_partially_paid_is_part", "UPDATE payment SET status = 'partially_paid' WHERE status = 'succeeded'", STATES),
    ],
)
def test_what_a_dropped_constraint_let_in_is_found(constraint: str, lie: str, check: str):
    assert tell(f"ALTER TABLE payment DROP CONSTRAINT {constraint}", lie) >= {check, CONSTRAINTS}


def test_twins_that_no_key_kept_apart_are_found():
    copied = "INSERT INTO natural_key SELECT * FROM natural_key WHERE reference = 'T4'"
    assert tell("ALTER TABLE natural_key DROP CONSTRAINT natural_key_pkey", copied) == {TWINS, CONSTRAINTS}


@pytest.mark.parametrize(
    "act",
    [
        "ALTER TABLE payment DISABLE TRIGGER refuse_fallen_payment",
        "ALTER TABLE payment_default DISABLE TRIGGER refuse_moved_payment",
        "DROP TRIGGER refuse_forgotten_payment ON payment",
        "ALTER TABLE transfer DISABLE TRIGGER refuse_unless_whole",
        "ALTER TABLE natural_key DISABLE TRIGGER ALL",
        "ALTER TABLE natural_key ENABLE REPLICA TRIGGER refuse_rebooked_key",
        "CREATE OR REPLACE FUNCTION refuse_moved_payment() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ],
)
def test_a_guard_that_was_laid_down_is_found(act: str):
    assert GUARDS in tell(act)
