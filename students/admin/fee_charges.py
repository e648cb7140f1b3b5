from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin import shown
from core.admin.addresses import has_page, link_to, page_url
from core.admin.blocks import Column, Facts, Figure, Link, Page, Table
from core.admin.filters import When
from core.admin.names import link_to_person
from core.ids import public_id
from students.admin.importing import ImportingAdmin, table_of
from students.models import FeeCharge, Student, Upload
from students.services import fee_import
from students.services.fee_import import FeePlan, PlannedFee

NEWEST = 10


@admin.register(FeeCharge)
class FeeChargeAdmin(ImportingAdmin):
    """Every fee that was charged, newest first."""

    key_prefix = "fee"
    title = "Fees charged"
    in_numbers = ("fee", "fees")
    list_display = ("charged", "student_shown", "what", "term_shown", "due", "amount")
    list_filter = (When,)
    searches = "reference or student id"
    nothing_here = "No fee was charged yet."
    import_kind = Upload.Kind.FEES
    import_permission = "students.charge"
    import_columns = (fee_import.REQUIRED, fee_import.OPTIONAL)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("student")

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        found = FeeCharge.objects.filter(reference=term).values_list("pk", flat=True).first()
        return rows.filter(pk=found) if found else rows.filter(student__student_id=term)

    def totals(self, plan: FeePlan) -> list[Figure]:
        return [Figure("In all", shown.amount(plan.total_minor, settings.SCHOOL_CURRENCY), "will be charged")]

    def new_rows(self, plan: FeePlan) -> Table:
        columns = [
            *(Column(label) for label in ("Student", "What for", "Term", "Due", "Reference")),
            Column("Amount", numeric=True),
        ]
        return table_of(plan, columns, _planned)

    def subject(self, obj: FeeCharge) -> SafeString:
        return format_html(
            "<strong>{}</strong> {}, {}", obj.student, obj.description, shown.amount(obj.amount_minor, obj.currency)
        )

    @admin.display(description="Charged")
    def charged(self, fee: FeeCharge) -> SafeString:
        return shown.instant(fee.created_at)

    @admin.display(description="Student")
    def student_shown(self, fee: FeeCharge) -> SafeString:
        return shown.link(page_url("students_student", fee.student.student_id), str(fee.student))

    @admin.display(description="What for")
    def what(self, fee: FeeCharge) -> str:
        return fee.description

    @admin.display(description="Term")
    def term_shown(self, fee: FeeCharge) -> SafeString:
        return shown.text(fee.term)

    @admin.display(description="Due")
    def due(self, fee: FeeCharge) -> SafeString:
        return _due(fee)

    @admin.display(description="Amount")
    def amount(self, fee: FeeCharge) -> SafeString:
        return shown.amount(fee.amount_minor, fee.currency)

    def page(self, request: HttpRequest, obj: FeeCharge) -> Page:
        facts = [
            ("Student", shown.link(page_url("students_student", obj.student.student_id), str(obj.student))),
            ("Term", shown.text(obj.term)),
            ("Due", _due(obj)),
            ("Reference", shown.code(obj.reference)),
            ("Charged", shown.instant(obj.created_at)),
            ("By", link_to_person(obj.charged_by)),
            ("Transfer", link_to(public_id("transfer", obj.transfer_id))),
        ]
        heading = shown.amount(obj.amount_minor, obj.currency)
        return Page(
            name=obj.reference,
            heading=heading,
            lead=obj.description,
            main=[Facts("About this fee", facts)],
            doors=self.doors(request, obj),
        )


def _planned(row: PlannedFee) -> list[SafeString]:
    fee = row.fee
    note = shown.badge("Not enrolled", "warn") if row.note else ""
    return [
        format_html("{} {} {}", fee.student_id, row.student_name, note),
        shown.text(fee.description),
        shown.text(fee.term),
        shown.text(fee.due_date.isoformat() if fee.due_date else ""),
        shown.code(fee.reference),
        shown.amount(fee.amount_minor, fee.currency),
    ]


def fees_table(student: Student) -> Table:
    """The newest fees of one student."""
    fees = list(FeeCharge.objects.filter(student=student).order_by("-id")[: NEWEST + 1])
    rows = [
        [
            shown.link(page_url("students_feecharge", public_id("fee", fee.id)), fee.description),
            shown.text(fee.term),
            _due(fee),
            shown.amount(fee.amount_minor, fee.currency),
        ]
        for fee in fees[:NEWEST]
    ]
    columns = [Column("What for"), Column("Term"), Column("Due"), Column("Amount", numeric=True)]
    more = [Link("All fees", f"{_list_url()}?q={student.student_id}")] if len(fees) > NEWEST else []
    return Table("Fees charged", columns, rows, "No fee was charged yet.", more=more)


def _due(fee: FeeCharge) -> SafeString:
    return shown.text(fee.due_date.isoformat() if fee.due_date else "")


def _list_url() -> str:
    return reverse("admin:students_feecharge_changelist")


has_page("fee", "students_feecharge")
