import json
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from access.models import AuditEntry, User
from core.admin import shown
from core.admin.addresses import link_to
from core.admin.blocks import Column, Facts, Page, Table
from core.admin.filters import When
from core.admin.read_only import ReadOnlyAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what to which thing, and why."""

    key_prefix = "audit"
    title = "Audit trail"
    list_display = ("when", "who", "did", "target_shown", "reason_shown")
    list_filter = (When,)
    searches = "what it was done to: student:S004, pay_…"
    nothing_here = "Nobody has done anything yet that leaves a trail."

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        return rows.filter(target__in=[term, f"student:{term}"])

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        names = names_of({name for row in rows for name in (row.actor, row.target)})
        for row in rows:
            row.actor_name, row.target_name = names.get(row.actor, row.actor), names.get(row.target, row.target)

    @admin.display(description="When")
    def when(self, entry: AuditEntry) -> SafeString:
        return shown.instant(entry.at)

    @admin.display(description="Who")
    def who(self, entry: Any) -> SafeString:
        return shown.text(entry.actor_name)

    @admin.display(description="Did")
    def did(self, entry: AuditEntry) -> SafeString:
        return shown.code(entry.act)

    @admin.display(description="To")
    def target_shown(self, entry: Any) -> SafeString:
        return link_to(entry.target, entry.target_name)

    @admin.display(description="Why")
    def reason_shown(self, entry: AuditEntry) -> SafeString:
        return shown.text(entry.reason)

    def page(self, request: HttpRequest, obj: AuditEntry) -> Page:
        before, after = obj.before or {}, obj.after or {}
        rows = [
            [shown.text(name.replace("_", " ").capitalize()), _value(before, name), _value(after, name)]
            for name in dict.fromkeys([*before, *after])
        ]
        names = names_of({obj.actor, obj.target})
        facts = [
            ("Who", link_to(obj.actor, names.get(obj.actor, ""))),
            ("To", link_to(obj.target, names.get(obj.target, ""))),
            ("When", shown.instant(obj.at)),
            ("Act", shown.code(obj.act)),
            ("Request", shown.code(obj.request_id)),
        ]
        return Page(
            name=obj.act,
            heading=obj.act.rpartition(".")[2].replace("_", " ").capitalize(),
            lead=obj.reason,
            main=[Table("What changed", [Column("Field"), Column("Before"), Column("After")], rows, "No field was recorded.")],
            side=[Facts("About this act", facts)],
        )


def names_of(actors: set[str]) -> dict[str, str]:
    """Names of the actors that are users, in one query."""
    ids = {actor: actor.removeprefix("user:") for actor in actors if actor.startswith("user:")}
    people = {str(user.pk): str(user) for user in User.objects.filter(pk__in=[i for i in ids.values() if _is_uuid(i)])}
    return {actor: people[identity] for actor, identity in ids.items() if identity in people}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _value(fields: dict[str, Any], name: str) -> SafeString:
    if name not in fields:
        return shown.NOTHING
    value = fields[name]
    return shown.text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
