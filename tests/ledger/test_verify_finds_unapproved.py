"""Lies about the second person, told behind the triggers' back: verify() names each of them."""

import pytest
from django.db import connection

from ledger.services.adjusting import request_adjustment
from ledger.services.verify import verify
from tests.four_eyes import WHY, agree, hire
from tests.ledger.cast import CLEARING, JOAN

HAD_ONE = "what needs a second person had one"
GUARDS = "guards of approvals are switched on"
CONSTRAINTS = "constraints of approvals are in force"


@pytest.fixture(autouse=True)
def _adjusted(books: None) -> None:
    grace, david = hire("Grace", "officer"), hire("David", "approver")
    for reference in ("V-1", "V-2"):
        ask = {"debit": CLEARING, "credit": JOAN, "amount_minor": 250, "reference": reference}
        agree(request_adjustment(actor=grace.actor, reason=WHY, **ask), david)
    request_adjustment(debit=CLEARING, credit=JOAN, amount_minor=1, reference="V-3", actor=grace.actor, reason=WHY)
    assert verify() == []


def tell(*statements: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")
    return {finding.check for finding in verify()}


NO_DIGEST = "ALTER TABLE approval DROP CONSTRAINT approval_digest_is_of_its_payload"
ALTER = "UPDATE approval SET payload = jsonb_set(payload, '{transfer,amount_minor}', '9')"
ALTER_WITH_CARE = ALTER + ", digest = approval_digest(kind, jsonb_set(payload, '{transfer,amount_minor}', '9'))"


@pytest.mark.parametrize(
    "lie",
    [
        "DELETE FROM approval WHERE status = 'executed'",
        "UPDATE approval SET status = 'rejected', executed_at = NULL, result = NULL WHERE status = 'executed'",
        ALTER_WITH_CARE,
        "UPDATE transfer SET amount_minor = 251 WHERE reference = 'adjustment:V-1'",
        "UPDATE transfer SET debit_account_id = credit_account_id, credit_account_id = debit_account_id",
        "UPDATE transfer SET kind = 'payment'",
        "DELETE FROM transfer",
    ],
)
def test_a_lie_in_the_rows_is_found(lie):
    assert HAD_ONE in tell(lie)


@pytest.mark.parametrize(
    ("disarm", "lie"),
    [
        (NO_DIGEST, ALTER + " WHERE status = 'requested'"),
        (
            "ALTER TABLE approval DROP CONSTRAINT approval_two_people",
            "UPDATE approval SET requester = approver WHERE status = 'executed'",
        ),
    ],
)
def test_what_a_dropped_constraint_let_in_is_found(disarm, lie):
    assert tell(disarm, lie) >= {HAD_ONE, CONSTRAINTS}


@pytest.mark.parametrize(
    "act",
    [
        "ALTER TABLE transfer DISABLE TRIGGER refuse_unapproved",
        "ALTER TABLE transfer_default DISABLE TRIGGER refuse_unapproved",
        "DROP TRIGGER refuse_unapproved ON transfer",
        "ALTER TABLE transfer DISABLE TRIGGER refuse_misshapen",
        "ALTER TABLE approval DISABLE TRIGGER guard_approval",
        "ALTER TABLE approval ENABLE REPLICA TRIGGER guard_new_approval",
        "DROP TRIGGER refuse_removal ON approval",
        "CREATE OR REPLACE FUNCTION guard_approval() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE OR REPLACE FUNCTION refuse_unapproved() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ],
)
def test_a_guard_that_was_laid_down_is_found(act):
    with connection.cursor() as cursor:
        cursor.execute(act)
    assert GUARDS in {finding.check for finding in verify()}
