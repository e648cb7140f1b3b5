from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from access.models import User
from core.admin import names, shown
from core.admin.addresses import has_page
from core.admin.blocks import Column, Facts, Page, Table
from core.admin.filters import Choice
from core.admin.read_only import ReadOnlyAdmin


class Standing(Choice):
    title = "who"
    parameter_name = "who"
    options = (("staff", "Staff"), ("others", "Not staff"), ("inactive", "Switched off"))
    scans = True

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        return rows.filter(is_active=False) if value == "inactive" else rows.filter(is_staff=value == "staff")


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Who may sign in. Roles are given by `access.services.roles`, which asks a reason and writes the audit trail."""

    list_display = ("name", "email_shown", "state", "is_staff_shown", "last_seen")
    list_filter = (Standing,)
    searches = "e-mail"
    nothing_here = "Nobody can sign in."

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        return rows.filter(email=term.lower())

    @admin.display(description="Name")
    def name(self, user: User) -> str:
        return user.full_name or user.email

    @admin.display(description="E-mail")
    def email_shown(self, user: User) -> str:
        return user.email

    @admin.display(description="State")
    def state(self, user: User) -> SafeString:
        return state_badge(user)

    @admin.display(description="Staff")
    def is_staff_shown(self, user: User) -> SafeString:
        return shown.text("Staff" if user.is_staff else "")

    @admin.display(description="Last sign-in")
    def last_seen(self, user: User) -> SafeString:
        return shown.instant(user.last_login)

    def page(self, request: HttpRequest, obj: User) -> Page:
        groups = list(obj.groups.order_by("name").prefetch_related("permissions"))
        rows = [[shown.text(group.name.capitalize()), shown.text(_acts(group))] for group in groups]
        facts = [
            ("E-mail", shown.text(obj.email)),
            ("Staff", shown.text("Yes" if obj.is_staff else "No")),
            ("Superuser", shown.text("Yes" if obj.is_superuser else "No")),
            ("Last sign-in", shown.instant(obj.last_login)),
            ("Joined", shown.instant(obj.created_at)),
            ("Id", shown.code(str(obj.pk))),
        ]
        return Page(
            name=str(obj),
            heading=str(obj),
            state=state_badge(obj),
            main=[Table("Roles", [Column("Role"), Column("May, beyond seeing")], rows, "No role: this user sees nothing here.")],
            side=[Facts("About this user", facts)],
        )


def state_badge(user: User) -> SafeString:
    return shown.badge("Active", "good") if user.is_active else shown.badge("Switched off", "bad")


def _acts(group: Any) -> str:
    acts = [permission.name.removeprefix("Can ") for permission in group.permissions.all() if not sees(permission)]
    return ", ".join(sorted(acts)) or "nothing"


def sees(permission: Any) -> bool:
    return str(permission.codename).startswith("view_")


def _names_of(ids: Collection[str]) -> dict[str, str]:
    known = [identity for identity in ids if is_uuid(identity)]
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=known)}


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


has_page("user", "access_user")
names.has_names("user", _names_of)
