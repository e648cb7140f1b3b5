import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management.sql import emit_post_migrate_signal

from access.errors import UnknownRole
from access.models import AuditEntry, User
from access.roles import ROLES
from access.services.roles import apply_roles, assign_role

ACT = {"actor": "user:admin", "reason": "Joined the finance office."}


def permissions_of(role):
    return {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in Group.objects.get(name=role).permissions.select_related("content_type")
    }


def test_migrations_leave_the_roles_behind(db):
    assert set(ROLES) <= set(Group.objects.values_list("name", flat=True))
    assert {"core.view_inboundevent", "access.view_auditentry"} <= permissions_of("viewer")


def test_a_viewer_only_views(db):
    assert all(".view_" in name for name in permissions_of("viewer"))


def test_an_officer_acts_and_an_approver_approves_and_neither_does_the_others_part(db):
    assert "core.replay" in permissions_of("officer")
    assert "core.replay" not in permissions_of("approver")
    assert not any("approve" in name for name in permissions_of("officer"))


def test_no_role_changes_users_keys_or_sessions(db):
    for role in ROLES:
        names = permissions_of(role)
        acts = {name for name in names if name.startswith(("access.", "auth.")) and ".view_" not in name}
        assert acts <= {"access.approve", "access.save_filter", "access.share_filter", "access.withdraw"}
        assert not any(name.startswith("sessions.") for name in names)


def test_a_permission_that_comes_later_is_taken_up_and_one_given_by_hand_is_taken_back(db):
    kind = Permission.objects.get(codename="view_user").content_type
    Permission.objects.create(content_type=kind, codename="approve", name="Can approve")
    by_hand = Permission.objects.get(codename="delete_user")
    Group.objects.get(name="approver").permissions.add(by_hand)

    apply_roles()
    apply_roles()

    assert "access.approve" in permissions_of("approver")
    assert "access.delete_user" not in permissions_of("approver")


def test_giving_a_role_lets_a_user_into_the_back_office_once(grace):
    for _ in range(2):
        assign_role(user=grace, role="officer", **ACT)

    grace = User.objects.get(pk=grace.pk)
    assert grace.is_staff
    assert grace.has_perm("core.replay")
    entry = AuditEntry.objects.get(act="access.assign_role")
    assert (entry.target, entry.before, entry.after) == (grace.actor, {"roles": []}, {"roles": ["officer"]})


def test_an_unknown_role_is_refused(grace):
    with pytest.raises(UnknownRole):
        assign_role(user=grace, role="headmaster", **ACT)
    assert not User.objects.get(pk=grace.pk).is_staff


def test_roles_are_filled_after_every_migration(grace):
    Group.objects.all().delete()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert "core.view_inboundevent" in permissions_of("viewer")
