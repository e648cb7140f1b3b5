"""Every way around the second person, tried with plain SQL: as the runtime role and as the owner of the tables."""

import pytest
from django.db import DatabaseError, connection, transaction

from access import approvals
from access.models import Approval, ApprovalLimit, User
from access.services.merchants import create_merchant
from tests.access.painting import LATER, ask, grow_old, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("painting")]


@pytest.fixture(params=["owner", "bursar_app"])
def role(request) -> str:
    return request.param


def tried(role: str, sql: str, **parameters: object) -> None:
    """The statement, refused by the database."""
    with pytest.raises(DatabaseError):
        do(role, sql, **parameters)


@transaction.atomic
def do(role: str, sql: str, **parameters: object) -> None:
    with connection.cursor() as cursor:
        if role != "owner":
            cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(sql, parameters)
        cursor.execute("RESET ROLE")


DECISION = "status = %(status)s, approver = %(approver)s, decision_reason = 'ok', decided_at = clock_timestamp()"


CHANGE = "UPDATE approval SET {} WHERE id = %(id)s"


def decide_as(role: str, asked: Approval, approver: str | None, status: str = "approved") -> None:
    before = stored(asked)
    tried(role, CHANGE.format(DECISION), status=status, approver=approver, id=asked.id)
    assert stored(asked) == before


def test_the_decision_that_all_these_are_made_of_is_taken(role, officer, approver):
    asked = ask(officer)
    do(role, CHANGE.format(DECISION), status="approved", approver=approver.actor, id=asked.id)
    do(role, CHANGE.format("status = 'executed', executed_at = clock_timestamp()"), id=asked.id)
    assert stored(asked)["status"] == "executed"


@pytest.mark.parametrize("status", ["approved", "rejected", "executed"])
def test_deciding_without_or_by_oneself_or_under_a_made_up_name(role, officer, approver, status):
    asked = ask(approver)
    for name in (None, "", approver.actor, approver.actor.upper(), f"USER:{approver.id}", f" {approver.actor}", str(approver.id)):
        decide_as(role, asked, name, status)
    for name in ("user:nobody", "system:manage.py", "user:00000000-0000-7000-8000-000000000000", f"merchant:{approver.id}"):
        decide_as(role, asked, name, status)


def test_deciding_as_somebody_who_may_not(role, officer, amina):
    asked = ask(amina)
    switched_off = User.objects.create_superuser("old@example.com", is_active=False)
    outsider = User.objects.create_user("rich@example.com", is_superuser=True)
    for person in (officer, switched_off, outsider):
        decide_as(role, asked, person.actor)


def test_deciding_what_ones_own_merchant_asked_for(role, approver):
    shop = create_merchant(owner=approver, name="Shop", email="shop@example.com", actor="system:test", reason="It sells.")
    decide_as(role, ask(shop), approver.actor)


def test_carrying_out_what_nobody_approved(role, officer, approver):
    asked = ask(officer)
    tried(role, CHANGE.format("status = 'executed', executed_at = now()"), id=asked.id)
    decide_as(role, asked, approver.actor, status="executed")


@pytest.mark.parametrize(
    "change",
    [
        'payload = payload || \'{"colour": "red"}\'',
        'payload = payload || \'{"colour": "red"}\', digest = approval_digest(kind, payload || \'{"colour": "red"}\')',
        "digest = approval_digest('x', '{}')",
        "kind = 'tests.demolish'",
        "requester = 'system:nobody'",
        "permission = 'core.approve'",
        "summary = 'Paint it black.'",
        "reason = 'Because.'",
        "expires_at = expires_at + interval '1 day'",
        "requested_at = requested_at - interval '1 day'",
        "id = uuid7_floor(now())",
    ],
)
def test_changing_what_was_asked_for(role, officer, approver, change):
    waiting = ask(officer)
    agreed = ask(officer, kind=LATER)
    approvals.approve(approval_id=agreed.id, actor=approver.actor, reason="Yes.")
    before = [stored(waiting), stored(agreed)]
    for asked in (waiting, agreed):
        tried(role, CHANGE.format(change), id=asked.id)
        tried(role, CHANGE.format(f"{change}, {DECISION}"), id=asked.id, status="approved", approver=approver.actor)
    assert [stored(waiting), stored(agreed)] == before


BACK = [
    "status = 'requested', approver = NULL, decided_at = NULL, decision_reason = '', executed_at = NULL, result = NULL",
    "status = 'approved', executed_at = NULL, result = NULL",
    "status = 'executed', executed_at = clock_timestamp()",
    "status = 'cancelled', approver = NULL, executed_at = NULL, result = NULL",
    "status = 'rejected', executed_at = NULL, result = NULL",
    "approver = 'user:00000000-0000-7000-8000-000000000000'",
    "decision_reason = 'It was the other one.'",
    "decided_at = decided_at - interval '1 hour'",
]


@pytest.mark.parametrize("change", BACK)
def test_taking_a_decision_back_or_using_it_twice(role, officer, approver, change):
    for act, actor in ((approvals.approve, approver), (approvals.reject, approver), (approvals.cancel, officer)):
        asked = ask(officer)
        act(approval_id=asked.id, actor=actor.actor, reason="Decided.")
        before = stored(asked)
        tried(role, CHANGE.format(change), id=asked.id)
        assert stored(asked) == before


@pytest.mark.parametrize(
    "change", ["approver = %(other)s", "decision_reason = 'Maybe.'", "decided_at = now() - interval '1 hour'"]
)
def test_carrying_out_under_another_decision(role, officer, approver, change):
    ada = User.objects.create_superuser("ada@example.com")
    asked = ask(officer, kind=LATER)
    approvals.approve(approval_id=asked.id, actor=approver.actor, reason="Yes.")
    before = stored(asked)
    done = "status = 'executed', executed_at = clock_timestamp()"
    tried(role, CHANGE.format(f"{done}, {change}"), id=asked.id, other=ada.actor)
    assert stored(asked) == before


def test_approving_or_carrying_out_what_has_expired(role, officer, approver):
    waiting = ask(officer)
    agreed = ask(officer, kind=LATER)
    approvals.approve(approval_id=agreed.id, actor=approver.actor, reason="Yes.")
    grow_old(waiting)
    grow_old(agreed)
    decide_as(role, waiting, approver.actor)
    tried(role, CHANGE.format("status = 'executed', executed_at = now()"), id=agreed.id)


def test_forgetting_that_something_was_asked_for(role, officer):
    asked = ask(officer)
    for statement in ("DELETE FROM approval", "TRUNCATE approval"):
        tried(role, statement)
    assert stored(asked)["status"] == "requested"


INSERT = (
    "INSERT INTO approval (id, kind, payload, digest, summary, permission, requester, reason, requested_at, expires_at, status,"
    " approver, decision_reason, decided_at, executed_at) VALUES (uuid7_floor(now()), 'tests.paint', '{{}}', {digest}, 'Paint.',"
    " {permission}, {requester}, 'Why.', {asked}, {expires}, {decision})"
)
USUAL = {
    "digest": "approval_digest('tests.paint', '{}')",
    "permission": "'access.approve'",
    "requester": "%(requester)s",
    "asked": "now()",
    "expires": "now() + interval '1 day'",
    "decision": "'requested', NULL, '', NULL, NULL",
}


@pytest.mark.parametrize(
    "lie",
    [
        {"decision": "'approved', %(approver)s, 'ok', now(), NULL"},
        {"decision": "'executed', %(approver)s, 'ok', now(), now()"},
        {"decision": "'requested', %(approver)s, 'ok', now(), NULL"},
        {"digest": "approval_digest('tests.paint', '{\"colour\": \"red\"}')"},
        {"permission": "'core.view_event'"},
        {"permission": "'access.approver is anyone'"},
        {"requester": "'user:nobody'"},
        {"requester": "'user:00000000-0000-7000-8000-000000000000'"},
        {"requester": "'somebody'"},
        {"requester": "'system:'"},
        {"asked": "now() - interval '2 days'", "expires": "now() - interval '1 day'"},
        {"expires": "now() + interval '31 days'"},
    ],
    ids=str,
)
def test_a_request_that_begins_with_a_lie(role, officer, approver, lie):
    tried(role, INSERT.format(**USUAL | lie), requester=officer.actor, approver=approver.actor)
    assert not Approval.objects.exists()


def test_the_request_that_all_those_lies_are_made_of_is_taken(officer):
    do("bursar_app", INSERT.format(**USUAL), requester=officer.actor)
    assert Approval.objects.get().requester == officer.actor


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE approval_limit SET most_minor = 1000000000000",
        "INSERT INTO approval_limit (kind, currency, most_minor) VALUES ('adjustment', 'KES', 1000000000)",
        "DELETE FROM approval_limit",
        "TRUNCATE approval_limit",
    ],
)
def test_the_runtime_role_does_not_raise_its_own_limits(db, change):
    before = list(ApprovalLimit.objects.order_by("kind", "currency").values())
    assert {(row["kind"], row["currency"]) for row in before} >= {("allocation", "KES"), ("write_off", "KES")}
    tried("bursar_app", change)
    assert list(ApprovalLimit.objects.order_by("kind", "currency").values()) == before
