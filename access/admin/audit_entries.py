import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from access.models import AuditEntry, User
from core.admin import shown
from core.admin.addresses import link_to
from core.admin.blocks import Column, Facts, Page, Table
from core.admin.exporting import attribute
from core.admin.filters import Typed, When
from core.admin.names import link_to_person, names_of
from core.admin.read_only import ReadOnlyAdmin
from core.ids import public_id


class Who(Typed):
    """By e-mail address or name, or as the trail spells an actor."""

    title = "who"
    parameter_name = "who"
    example = "grace@makini.example, system:seed_demo"

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        people = User.objects.filter(Q(email__iexact=value) | Q(full_name__iexact=value))[:20]
        return rows.filter(actor__in=[value, *(person.actor for person in people)])


class Act(Typed):
    """One act, or all that begin so."""

    title = "act"
    parameter_name = "act"
    example = "students.charge_fee, payments."

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        return rows.filter(act__startswith=value)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what to which thing, and why."""

    key_prefix = "audit"
    title = "Audit trail"
    in_numbers = ("entry", "entries")
    list_display = ("when", "who", "did", "target_shown", "reason_shown")
    list_filter = (When, Who, Act)
    searches = "what it was done to: student:S004, pay_…"
    nothing_here = "Nobody has done anything yet that leaves a trail."
    export_columns = (
        ("Id", lambda entry: public_id("audit", entry.pk)),
        ("When", attribute("at")),
        ("Who", attribute("actor")),
        ("Name", attribute("actor_name")),
        ("Did", attribute("act")),
        ("To", attribute("target")),
        ("Why", attribute("reason")),
        ("Before", lambda entry: _spelled(entry.before)),
        ("After", lambda entry: _spelled(entry.after)),
        ("Request", attribute("request_id")),
    )

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        return rows.filter(target__in=[term, f"student:{term}"])

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        named = {name for row in rows for name in (row.actor, row.target) if not name.startswith("student:")}
        names = names_of(named)
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
        texts = {value for value in (*before.values(), *after.values()) if isinstance(value, str)}
        names = names_of({obj.actor, obj.target, *texts})
        rows = [
            [shown.text(name.replace("_", " ").capitalize()), *_difference(before, after, name, names)]
            for name in dict.fromkeys([*before, *after])
        ]
        facts = [
            ("Who", link_to_person(obj.actor, names)),
            ("To", link_to_person(obj.target, names)),
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


def _spelled(fields: dict[str, Any] | None) -> str:
    return json.dumps(fields, ensure_ascii=False) if fields else ""


def _difference(before: dict[str, Any], after: dict[str, Any], name: str, names: dict[str, str]) -> tuple[SafeString, SafeString]:
    """What went is struck out, what came is marked; what stayed is neither."""
    was, became = _value(before, name, names), _value(after, name, names)
    if before.get(name) == after.get(name) and name in before and name in after:
        return was, became
    return (
        format_html("<del>{}</del>", was) if name in before else was,
        format_html("<ins>{}</ins>", became) if name in after else became,
    )


def _value(fields: dict[str, Any], name: str, names: dict[str, str]) -> SafeString:
    if name not in fields:
        return shown.NOTHING
    value = fields[name]
    if isinstance(value, str):
        return link_to(value, names[value]) if value in names else shown.text(value)
    return shown.text(json.dumps(value, ensure_ascii=False))
