"""Two people, or one in two windows, at the same instant, on real connections."""

from collections import Counter
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction

from access import approvals
from access.errors import ApprovalClosed
from access.models import Approval, AuditEntry, User
from access.services.roles import assign_role
from tests.access.painting import LATER, ask, stored
from tests.racing import overlap, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("painting")]


def named(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def test_one_approver_in_eight_windows_does_it_once(officer, approver, painting):
    asked = ask(officer)
    answers = race(*[partial(approvals.approve, approval_id=asked.id, actor=approver.actor, reason="Yes.")] * 8)
    assert named(answers) == {"Approval": 1, "ApprovalClosed": 7}
    assert painting.done == ["blue"]
    assert AuditEntry.objects.filter(act="access.approve").count() == 1


def test_what_waits_to_be_carried_out_is_carried_out_once(officer, approver, painting):
    asked = ask(officer, kind=LATER)
    approvals.approve(approval_id=asked.id, actor=approver.actor, reason="Yes.")
    answers = race(*[partial(approvals.execute, approval_id=asked.id, actor="system:worker", reason="Due.")] * 6)
    assert named(answers) == {"Approval": 1, "ApprovalClosed": 5}
    assert painting.done == ["blue"]


@pytest.mark.parametrize("first", ["approve", "reject", "cancel"])
@pytest.mark.parametrize("second", ["approve", "reject", "cancel"])
def test_whoever_decides_first_decides(officer, approver, painting, first, second):
    other = User.objects.create_user("joyce@example.com")
    assign_role(user=other, role="approver", actor="system:test", reason="She stands in for David.")
    asked = ask(officer)

    def act(name, person):
        actor = officer.actor if name == "cancel" else person.actor
        return getattr(approvals, name)(approval_id=asked.id, actor=actor, reason="Decided.")

    won, lost = overlap(partial(act, first, approver), partial(act, second, other))
    assert isinstance(won, Approval)
    assert isinstance(lost, ApprovalClosed)
    assert stored(asked)["status"] == {"approve": "executed", "reject": "rejected", "cancel": "cancelled"}[first]
    assert painting.done == (["blue"] if first == "approve" else [])


def test_a_form_that_is_sent_twice_at_once_asks_once(officer):
    answers = race(*[partial(ask, officer)] * 6)
    assert len({answer.pk for answer in answers}) == 1
    assert AuditEntry.objects.filter(act="access.request_approval").count() == 1


@transaction.atomic
def _finish_by_hand(asked: Approval) -> int:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE approval SET status = 'executed', executed_at = clock_timestamp() WHERE id = %s", [asked.id])
        return cursor.rowcount


def test_plain_sql_on_two_connections_carries_out_once(officer, approver):
    asked = ask(officer, kind=LATER)
    approvals.approve(approval_id=asked.id, actor=approver.actor, reason="Yes.")
    first, second = overlap(partial(_finish_by_hand, asked), partial(_finish_by_hand, asked))
    assert first == 1
    assert isinstance(second, DatabaseError)


def test_an_approver_who_is_switched_off_meanwhile_is_too_late(officer, approver, painting):
    asked = ask(officer)

    def switch_off():
        User.objects.filter(pk=approver.pk).update(is_active=False)
        Approval.objects.select_for_update(no_key=True).get(pk=asked.pk)

    _, answer = overlap(switch_off, partial(approvals.approve, approval_id=asked.id, actor=approver.actor, reason="Yes."))
    assert type(answer).__name__ == "MayNotApprove"
    assert painting.done == []
