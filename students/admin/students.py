from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import panels, shown
from core.admin.addresses import has_page, page_url
from core.admin.blocks import Block, Column, Facts, Figure, Figures, Link, Note, Page, Table
from core.admin.filters import choice
from core.admin.read_only import ReadOnlyAdmin
from core.errors import MalformedId
from core.ids import parse_public_id, public_id
from core.phones import InvalidPhone
from ledger.admin.accounts import account_link, in_words
from ledger.models import Account
from students.admin.fee_charges import fees_table
from students.models import Student
from students.services.statement import lines_of, standing_of

LINES = 25
TONES = {"ACTIVE": "good", "INACTIVE": "warn"}


@admin.register(Student)
class StudentAdmin(ReadOnlyAdmin):
    """Students by the school's id, with what each owes."""

    address_field = "student_id"
    ordering = ("student_id",)
    list_display = ("id_shown", "name_shown", "email_shown", "enrollment", "owed")
    list_filter = (choice("enrollment_status", "enrollment", Student.Enrollment.choices),)
    searches = "id, name, e-mail or phone"
    nothing_here = "No student is enrolled yet."

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        exact = rows.filter(Q(student_id__in=[term, term.upper()]) | Q(email=term.lower()))
        if exact.exists():
            return exact
        try:
            return rows.filter(pk__in=rows.with_phone(term)) if any(c.isdigit() for c in term) else _named(rows, term)  # type: ignore[attr-defined]
        except InvalidPhone:
            return _named(rows, term)

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        codes = [row.account_code for row in rows]
        owed = dict(Account.objects.filter(code__in=codes).with_balance().values_list("code", "posted_minor"))
        for row in rows:
            row.owed_minor = owed.get(row.account_code)

    @admin.display(description="Id")
    def id_shown(self, student: Student) -> str:
        return student.student_id

    @admin.display(description="Name")
    def name_shown(self, student: Student) -> str:
        return student.name

    @admin.display(description="E-mail")
    def email_shown(self, student: Student) -> SafeString:
        return shown.text(student.email or "")

    @admin.display(description="Enrollment")
    def enrollment(self, student: Student) -> SafeString:
        return _enrollment(student)

    @admin.display(description="Owes")
    def owed(self, student: Any) -> SafeString:
        tone = "good" if (student.owed_minor or 0) < 0 else ""
        return shown.amount(student.owed_minor, settings.SCHOOL_CURRENCY, tone=tone)

    def page(self, request: HttpRequest, obj: Student) -> Page:
        before = _before(request)
        return Page(
            name=f"{obj.student_id} {obj.name}",
            heading=obj.name,
            state=_enrollment(obj),
            lead=obj.student_id,
            top=[*_warnings(obj), Figures([_standing(obj)])],
            main=[_statement(obj, before), fees_table(obj), *panels.about("accounts", request, [obj.account_code])],
            side=[Facts("About this student", _facts(obj))],
        )


def _named(rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
    """Every word begins the first or the last name; the students of one school are few enough to be read through."""
    for word in term.split()[:4]:
        rows = rows.filter(Q(first_name__istartswith=word) | Q(last_name__istartswith=word))
    return rows


def _enrollment(student: Student) -> SafeString:
    return shown.badge(student.get_enrollment_status_display(), TONES.get(student.enrollment_status, ""))


def _standing(student: Student) -> Figure:
    owed, credit, currency = standing_of(student)
    if credit:
        return Figure("In credit", shown.amount(credit, currency), "Paid beyond what was charged", "good")
    if not owed:
        return Figure("Owes", shown.amount(0, currency), "Everything that was charged is paid", "good")
    return Figure("Owes", shown.amount(owed, currency), "Charged and not yet paid")


def _warnings(student: Student) -> list[Block]:
    return [] if student.is_active else [Note("Not enrolled: money that comes is booked, and flagged for staff.", "warn")]


def _statement(student: Student, before: UUID | None) -> Table:
    lines = lines_of(student, before=before, limit=LINES + 1)
    url = page_url("students_student", student.student_id)
    links = [Link("Newest", url)] if before else []
    if len(lines) > LINES:
        links.append(Link("Older", f"{url}?before={public_id('transfer', lines[LINES - 1].id)}"))
    currency = settings.SCHOOL_CURRENCY
    rows = [
        [
            shown.instant(line.effective_at),
            shown.link(page_url("ledger_transfer", public_id("transfer", line.id)), line.memo or in_words(line.kind)),
            shown.amount(line.debit_minor or None, currency),
            shown.amount(line.credit_minor or None, currency),
            shown.amount(line.balance_minor, currency),
        ]
        for line in lines[:LINES]
    ]
    columns = [Column("When"), Column("What"), *(Column(label, numeric=True) for label in ("Charged", "Paid", "Owed after it"))]
    return Table("Statement", columns, rows, "Nothing was charged and nothing was paid yet.", more=links)


def _facts(student: Student) -> list[tuple[str, SafeString]]:
    return [
        ("Student id", shown.code(student.student_id)),
        ("E-mail", shown.text(student.email or "")),
        ("Phone", shown.code(student.phone or "")),
        ("Account", account_link(student.account_code)),
        ("Enrolled", shown.instant(student.created_at)),
    ]


def _before(request: HttpRequest) -> UUID | None:
    try:
        return parse_public_id("transfer", request.GET.get("before", ""))
    except MalformedId:
        return None


has_page("student", "students_student")
