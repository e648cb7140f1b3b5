from typing import Any

import django.contrib.auth.admin  # noqa: F401 - registers what is registered anew below
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.safestring import SafeString

from access.admin.users import sees
from core.admin import shown
from core.admin.blocks import Column, Page, Table
from core.admin.read_only import ReadOnlyAdmin

admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin):
    """Roles stand in `access.roles`, and are made so with every migration; a click could not keep them."""

    address_field = "name"
    title = "Roles"
    in_numbers = ("role", "roles")
    ordering = ("name",)
    list_display = ("role",)
    nothing_here = "Roles come with the first migration."

    @admin.display(description="Role")
    def role(self, group: Group) -> str:
        return group.name.capitalize()

    def page(self, request: HttpRequest, obj: Group) -> Page:
        permissions = list(obj.permissions.select_related("content_type").order_by("content_type__app_label", "codename"))
        acts = [permission for permission in permissions if not sees(permission)]
        seen = [permission for permission in permissions if sees(permission)]
        people: list[Any] = list(obj.user_set.order_by("email")[:100])
        return Page(
            name=obj.name.capitalize(),
            heading=obj.name.capitalize(),
            lead="What a role may do stands in access/roles.py, and is made so with every migration.",
            main=[
                Table("People", [Column("Name"), Column("E-mail")], [_person(user) for user in people], "Nobody has this role."),
                Table("May do", [Column("Act"), Column("Permission")], [_permission(p) for p in acts], "It only sees."),
                Table("May see", [Column("What"), Column("Permission")], [_permission(p) for p in seen], "Nothing."),
            ],
        )


def _person(user: Any) -> list[SafeString]:
    return [shown.text(str(user)), shown.text(user.email)]


def _permission(permission: Any) -> list[SafeString]:
    words = permission.name.removeprefix("Can ").removeprefix("view ")
    return [shown.text(words.capitalize()), shown.code(f"{permission.content_type.app_label}.{permission.codename}")]
