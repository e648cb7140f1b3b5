"""One asks, another decides, and it is done once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access import approvals
from access.errors import (
    AlreadyRequested,
    ApprovalAltered,
    ApprovalClosed,
    ApprovalExpired,
    AuditIncomplete,
    MayNotApprove,
    MayNotWithdraw,
    NotTheRequester,
    OwnApproval,
    UnknownApproval,
    UnknownApprovalKind,
)
from access.models import Approval, AuditEntry, User
from access.services.merchants import create_merchant
from access.services.roles import assign_role
from core.errors import Refused
from core.ids import new_id
from tests.access.painting import BLUE, LATER, WHY, ask, grow_old, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("painting")]
YES = "It will look well."


def trail() -> list[tuple[str, str, str]]:
    """The acts about approvals: who, what, why."""
    return list(AuditEntry.objects.filter(target__startswith="approval_").order_by("id").values_list("actor", "act", "reason"))


def test_what_one_asks_for_and_another_approves_is_done(officer, approver, painting):
    asked = ask(officer)
    assert (asked.status, asked.summary, painting.done) == ("requested", "Paint the gate blue.", [])

    done = approvals.approve(approval_id=asked.id, actor=approver.actor, reason=YES)

    assert painting.done == ["blue"]
    assert (done.status, done.approver, done.result) == ("executed", approver.actor, {"painted": "the gate"})
    assert done.executed_at >= done.decided_at >= done.requested_at
    assert trail() == [
        (officer.actor, "access.request_approval", WHY),
        (approver.actor, "access.approve", YES),
    ]


def test_a_request_waits_for_72_hours_unless_it_says_otherwise(officer):
    asked = ask(officer)
    assert asked.expires_at - asked.requested_at == timedelta(hours=72)
    assert list(Approval.objects.waiting(timezone.now())) == [asked]
    assert list(Approval.objects.waiting(asked.expires_at)) == []
    assert list(Approval.objects.expired(asked.expires_at)) == [asked]


def test_the_preview_says_what_would_be_done_and_does_nothing(officer, painting):
    assert approvals.preview("tests.paint", BLUE).summary == "Paint the gate blue."
    assert (painting.done, Approval.objects.count(), trail()) == ([], 0, [])


def test_what_can_not_be_done_is_not_asked_for(officer):
    with pytest.raises(Refused, match="reaches"):
        ask(officer, {"what": "the sky", "colour": "red"})
    assert (Approval.objects.count(), trail()) == (0, [])


def test_asking_twice_asks_once(officer, approver):
    assert ask(officer) == ask(officer, dict(reversed(BLUE.items())), reason="In other words.")
    with pytest.raises(AlreadyRequested):
        ask(approver)
    assert len(trail()) == 1


def test_what_was_decided_or_has_expired_may_be_asked_for_again(officer, approver):
    first = ask(officer)
    approvals.reject(approval_id=first.id, actor=approver.actor, reason="Not this year.")
    second = ask(officer)
    grow_old(second)
    assert len({first, second, ask(officer)}) == 3


@pytest.mark.parametrize(("actor", "reason"), [("", WHY), (" ", WHY), ("user", ""), ("user", " ")])
def test_nothing_is_asked_for_without_an_actor_and_a_reason(officer, actor, reason):
    with pytest.raises(AuditIncomplete):
        approvals.request(kind="tests.paint", payload=BLUE, actor=officer.actor if actor == "user" else actor, reason=reason)


@pytest.mark.parametrize("act", [approvals.approve, approvals.reject, approvals.cancel])
def test_nothing_is_decided_without_a_reason(officer, approver, act):
    asked = ask(officer)
    actor = officer.actor if act is approvals.cancel else approver.actor
    with pytest.raises(AuditIncomplete):
        act(approval_id=asked.id, actor=actor, reason="  ")
    assert stored(asked)["status"] == "requested"


@pytest.mark.parametrize("payload", [{"coats": 1.5}, {"deep": [{"coats": 0.1}]}, {"coats": {1, 2}}])
def test_a_payload_holds_only_what_is_spelled_in_one_way(officer, payload):
    with pytest.raises(TypeError):
        ask(officer, BLUE | payload)


def test_an_unknown_kind_or_request_is_refused(officer, approver):
    with pytest.raises(UnknownApprovalKind):
        ask(officer, kind="tests.demolish")
    with pytest.raises(UnknownApproval):
        approvals.approve(approval_id=new_id(), actor=approver.actor, reason=YES)


def test_what_a_later_version_no_longer_knows_is_not_carried_out(officer, approver, monkeypatch):
    asked = ask(officer)
    monkeypatch.setattr(approvals, "_kinds", {})
    with pytest.raises(UnknownApprovalKind):
        approvals.approve(approval_id=asked.id, actor=approver.actor, reason=YES)
    assert stored(asked)["status"] == "requested"


def test_nobody_decides_what_they_asked_for(approver):
    asked = ask(approver)
    for act in (approvals.approve, approvals.reject):
        with pytest.raises(OwnApproval):
            act(approval_id=asked.id, actor=approver.actor, reason=YES)
    assert not approvals.may_decide(asked, approver.actor)
    assert stored(asked)["status"] == "requested"


def test_nobody_decides_what_their_own_merchant_asked_for(approver):
    shop = create_merchant(owner=approver, name="Shop", email="shop@example.com", actor="system:test", reason="It sells.")
    asked = ask(shop)
    with pytest.raises(OwnApproval):
        approvals.approve(approval_id=asked.id, actor=approver.actor, reason=YES)


def test_a_decision_needs_active_staff_with_the_permission(officer, approver, grace, amina):
    asked = ask(officer)
    viewer = User.objects.create_user("violet@example.com")
    assign_role(user=viewer, role="viewer", actor="system:test", reason="She looks.")
    for actor in (viewer.actor, amina.actor, "user:nobody", "system:manage.py", f"merchant:{approver.id}", str(approver.id)):
        with pytest.raises(MayNotApprove):
            approvals.approve(approval_id=asked.id, actor=actor, reason=YES)
        assert not approvals.may_decide(asked, actor)
    assert approvals.may_decide(asked, approver.actor)
    assert len(trail()) == 1


@pytest.mark.parametrize("switch", [{"is_active": False}, {"is_staff": False}])
def test_who_was_just_switched_off_decides_nothing(officer, approver, switch):
    asked = ask(officer)
    User.objects.filter(pk=approver.pk).update(**switch)
    with pytest.raises(MayNotApprove):
        approvals.approve(approval_id=asked.id, actor=approver.actor, reason=YES)


def test_a_role_that_was_taken_away_decides_nothing(officer, approver):
    asked = ask(officer)
    assert approver.has_perm("access.approve")
    approver.groups.clear()
    with pytest.raises(MayNotApprove):
        approvals.approve(approval_id=asked.id, actor=approver.actor, reason=YES)


def test_a_superuser_among_the_staff_may_decide(officer, painting):
    ada = User.objects.create_superuser("ada@example.com")
    approvals.approve(approval_id=ask(officer).id, actor=ada.actor, reason=YES)
    assert painting.done == ["blue"]


def test_what_expired_is_not_approved_and_may_be_withdrawn(officer, approver, painting):
    asked = ask(officer)
    grow_old(asked)
    for act in (approvals.approve, approvals.reject):
        with pytest.raises(ApprovalExpired):
            act(approval_id=asked.id, actor=approver.actor, reason=YES)
    assert not approvals.may_decide(Approval.objects.get(), approver.actor)
    approvals.cancel(approval_id=asked.id, actor=officer.actor, reason="Too late.")
    assert (stored(asked)["status"], painting.done) == ("cancelled", [])


def test_a_decision_is_final(officer, approver, painting):
    def try_all(asked):
        for act, actor in ((approvals.approve, approver), (approvals.reject, approver), (approvals.cancel, officer)):
            with pytest.raises(ApprovalClosed):
                act(approval_id=asked.id, actor=actor.actor, reason="Another thought.")
        with pytest.raises(ApprovalClosed):
            approvals.execute(approval_id=asked.id, actor=officer.actor, reason="Once more.")

    for act, actor in ((approvals.reject, approver), (approvals.cancel, officer), (approvals.approve, approver)):
        asked = ask(officer)
        act(approval_id=asked.id, actor=actor.actor, reason="Decided.")
        try_all(asked)
    assert painting.done == ["blue"]


def test_only_the_requester_withdraws(officer, approver):
    asked = ask(officer)
    with pytest.raises(NotTheRequester):
        approvals.cancel(approval_id=asked.id, actor=approver.actor, reason="I know better.")
    approvals.cancel(approval_id=asked.id, actor=officer.actor, reason="A mistake.")
    assert trail()[-1] == (officer.actor, "access.cancel_approval", "A mistake.")


def test_who_has_lost_the_role_withdraws_nothing_any_more(officer, painting):
    from django.contrib.auth.models import Group

    asked = ask(officer)
    for group in ("viewer", None):
        officer.groups.set(Group.objects.filter(name=group))
        with pytest.raises(MayNotWithdraw):
            approvals.cancel(approval_id=asked.id, actor=officer.actor, reason="A mistake.")
    officer.groups.set(Group.objects.filter(name="officer"))
    User.objects.filter(pk=officer.pk).update(is_active=False)
    with pytest.raises(MayNotWithdraw):
        approvals.cancel(approval_id=asked.id, actor=officer.actor, reason="A mistake.")
    assert (stored(asked)["status"], len(trail())) == ("requested", 1)


def test_what_no_person_asked_for_is_withdrawn_by_what_asked(db, painting):
    asked = approvals.request(kind="tests.paint", payload=BLUE, actor="system:clock", reason=WHY)
    approvals.cancel(approval_id=asked.id, actor="system:clock", reason="It rains.")
    assert stored(asked)["status"] == "cancelled"


def test_what_can_not_be_done_by_now_leaves_the_request_as_it_was(officer, approver, painting):
    asked = ask(officer)
    painting.broken = True
    with pytest.raises(Refused, match="rains"):
        approvals.approve(approval_id=asked.id, actor=approver.actor, reason=YES)
    assert (stored(asked)["status"], len(trail())) == ("requested", 1)
    painting.broken = False
    approvals.approve(approval_id=asked.id, actor=approver.actor, reason=YES)
    assert painting.done == ["blue"]


def test_a_kind_may_wait_after_its_approval_and_is_carried_out_once(officer, approver, painting):
    asked = ask(officer, kind=LATER)
    with pytest.raises(ApprovalClosed):
        approvals.execute(approval_id=asked.id, actor=officer.actor, reason="At once!")
    assert approvals.approve(approval_id=asked.id, actor=approver.actor, reason=YES).status == "approved"
    assert painting.done == []
    assert approvals.execute(approval_id=asked.id, actor="system:worker", reason="It is dry.").status == "executed"
    with pytest.raises(ApprovalClosed):
        approvals.execute(approval_id=asked.id, actor="system:worker", reason="Again.")
    assert painting.done == ["blue"]
    assert [act for _, act, _ in trail()] == ["access.request_approval", "access.approve", "access.execute"]


def test_what_was_approved_expires_too(officer, approver, painting):
    asked = ask(officer, kind=LATER)
    approvals.approve(approval_id=asked.id, actor=approver.actor, reason=YES)
    grow_old(asked)
    with pytest.raises(ApprovalExpired):
        approvals.execute(approval_id=asked.id, actor="system:worker", reason="It is dry.")
    assert painting.done == []


def test_a_payload_that_was_altered_behind_all_locks_is_not_carried_out(officer, approver, painting, django_db_blocker):
    from django.db import connection

    asked = ask(officer)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE approval DROP CONSTRAINT approval_digest_is_of_its_payload")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute('UPDATE approval SET payload = payload || \'{"colour": "red"}\'')
        cursor.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(ApprovalAltered):
        approvals.approve(approval_id=asked.id, actor=approver.actor, reason=YES)
    assert painting.done == []


def test_the_runtime_role_can_do_all_of_it(officer, approver, painting):
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        approvals.approve(approval_id=ask(officer).id, actor=approver.actor, reason=YES)
        approvals.reject(approval_id=ask(officer).id, actor=approver.actor, reason="Twice is enough.")
        approvals.cancel(approval_id=ask(officer).id, actor=officer.actor, reason="A mistake.")
        cursor.execute("RESET ROLE")
    assert painting.done == ["blue"]
