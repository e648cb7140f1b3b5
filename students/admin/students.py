from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin import names, owners, panels, shown
from core.admin.addresses import has_page, page_url
from core.admin.blocks import Block, Column, Facts, Figure, Figures, Link, Note, Page, Table
from core.admin.exporting import attribute
from core.admin.filters import choice
from core.errors import MalformedId
from core.ids import parse_public_id, public_id
from core.money import to_major
from core.phones import InvalidPhone
from ledger.admin.accounts import account_link, in_words
from ledger.models import Account
from students.admin.fee_charges import fees_table
from students.admin.importing import ImportingAdmin, table_of
from students.admin.printing import printed_statement, terms_table
from students.models import Student, Upload
from students.services import student_import
from students.services.statement import lines_of, standing_of
from students.services.student_import import PlannedStudent, StudentPlan

LINES = 25
TONES = {"ACTIVE": "good", "INACTIVE": "warn"}


@admin.register(Student)
class StudentAdmin(ImportingAdmin):
    """Students by the school's id, with what each owes."""

    address_field = "student_id"
    ordering = ("student_id",)
    list_display = ("id_shown", "name_shown", "email_shown", "enrollment", "owed")
    list_filter = (choice("enrollment_status", "enrollment", Student.Enrollment.choices),)
    searches = "id, name, e-mail or phone"
    nothing_here = "No student is enrolled yet."
    import_kind = Upload.Kind.STUDENTS
    import_permission = "students.enroll"
    import_columns = (student_import.REQUIRED, student_import.OPTIONAL)
    export_columns = (
        ("Student id", attribute("student_id")),
        ("First name", attribute("first_name")),
        ("Last name", attribute("last_name")),
        ("E-mail", attribute("email")),
        ("Enrollment", attribute("enrollment_status")),
        ("Owes", lambda student: to_major(max(student.owed_minor or 0, 0), settings.SCHOOL_CURRENCY)),
        ("In credit", lambda student: to_major(max(-(student.owed_minor or 0), 0), settings.SCHOOL_CURRENCY)),
        ("Currency", lambda student: settings.SCHOOL_CURRENCY),
        ("Enrolled", attribute("created_at")),
    )

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        exact = rows.filter(Q(student_id__in=[term, term.upper()]) | Q(email=term.lower()))
        return exact if exact.exists() else _by_phone_or_name(rows, term)

    def new_rows(self, plan: StudentPlan) -> Table:
        labels = ("Student id", "Name", "E-mail", "Phone", "Enrollment")
        return table_of(plan, [Column(label) for label in labels], _planned)

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        codes = [row.account_code for row in rows]
        owed = dict(Account.objects.filter(code__in=codes).with_balance().values_list("code", "posted_minor"))
        for row in rows:
            row.owed_minor = owed.get(row.account_code)

    def subject(self, obj: Student) -> SafeString:
        standing = _standing(obj)
        return format_html("<strong>{}</strong> {} {}", obj, standing.label.lower(), standing.value)

    def get_urls(self) -> list[Any]:
        printed = self.admin_site.admin_view(self.statement_view)
        return [path("<path:object_id>/statement/", printed, name="students_student_statement"), *super().get_urls()]

    def statement_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The statement to print."""
        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied
        student = self.get_object(request, unquote(object_id))
        if student is None:
            raise Http404(f"There is no student {unquote(object_id)[:100]}.")
        return printed_statement(request, student)

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
            main=[
                _statement(obj, before),
                *terms_table(obj),
                fees_table(obj),
                *panels.about("accounts", request, [obj.account_code]),
            ],
            side=[Facts("About this student", _facts(obj))],
            doors=self.doors(request, obj),
        )


def owners_called(term: str, most: int) -> list[str]:
    """The students whom a phone number or a name means, as account codes name them."""
    return [student.owner for student in _by_phone_or_name(Student.objects.all(), term)[:most]]


def _names_of(ids: Collection[str]) -> dict[str, str]:
    return {student.student_id: student.name for student in Student.objects.filter(student_id__in=ids)}


def _by_phone_or_name(rows: Any, term: str) -> Any:
    try:
        # A name costs more to look up than a phone number, and has no digits.
        return rows.with_phone(term) if any(c.isdigit() for c in term) else rows.called(term)
    except InvalidPhone:
        return rows.called(term)


def _planned(row: PlannedStudent) -> list[SafeString]:
    new = row.student
    facts = (f"{new.first_name} {new.last_name}", new.email or "", new.phone or "", new.enrollment_status)
    return [shown.code(new.student_id), *(shown.text(fact) for fact in facts)]


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
owners.add(owners_called)
names.has_names("student", _names_of)
