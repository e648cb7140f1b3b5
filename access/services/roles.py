"""Roles are groups; their permissions come from the table in `access.roles`, never from a click."""

from fnmatch import fnmatchcase

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from access.errors import UnknownRole
from access.models import User
from access.roles import ROLES
from access.services import audit


@transaction.atomic
def apply_roles() -> None:
    """Make each role's group hold exactly what the table names. Idempotent; permissions not made yet come later."""
    permissions = list(Permission.objects.select_related("content_type"))
    for role, patterns in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set([permission for permission in permissions if _is_named(permission, patterns)])


@transaction.atomic
def assign_role(*, user: User, role: str, actor: str, reason: str) -> None:
    """Let `user` into the back office with `role`; audited, and a second time changes nothing. Raises UnknownRole."""
    if role not in ROLES:
        raise UnknownRole(f"{role!r} is none of {', '.join(ROLES)}.")
    user = User.objects.select_for_update().get(pk=user.pk)
    held = sorted(user.groups.values_list("name", flat=True))
    if role in held and user.is_staff:
        return
    user.groups.add(Group.objects.get(name=role))
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    audit.record(
        actor=actor,
        act="access.assign_role",
        target=user.actor,
        reason=reason,
        before={"roles": held},
        after={"roles": sorted({*held, role})},
    )


def _is_named(permission: Permission, patterns: list[str]) -> bool:
    name = f"{permission.content_type.app_label}.{permission.codename}"
    return any(fnmatchcase(name, pattern) for pattern in patterns)
