"""Fee charges from a CSV file: first a plan that says what each row would do, then all of it or nothing.

Columns: student_id, amount (major units, `50000.00`), description, reference; if wanted currency, term, due_date (YYYY-MM-DD).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db import transaction

from core.errors import AmountOutOfRange, BursarError, InexactAmount
from core.money import to_minor
from students.errors import InvalidFee
from students.models import FeeCharge, Student
from students.services.charging import Charged, charge_many
from students.services.new_fee import NewFee
from students.services.table import Row, RowError, read_table, refusal

REQUIRED = ("student_id", "amount", "description", "reference")
OPTIONAL = ("currency", "term", "due_date")
_AMOUNT = re.compile(r"[0-9]{1,16}(\.[0-9]{1,4})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PlannedFee:
    """What one row would do. `charged_already` rows do nothing; `note` is what staff should look at."""

    line: int
    fee: NewFee
    student_name: str
    charged_already: bool
    note: str


@dataclass(slots=True)
class FeePlan:
    """What a file would do, row by row, and all that is wrong with it. `digest` is the file's SHA-256."""

    digest: str
    rows: list[PlannedFee] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    @property
    def new(self) -> list[PlannedFee]:
        return [row for row in self.rows if not row.charged_already]

    @property
    def total_minor(self) -> int:
        """Minor units of the school's currency that would be charged."""
        return sum(row.fee.amount_minor for row in self.new)


def plan_fees(data: bytes) -> FeePlan:
    """Read the file and compare it with students and charges, changing nothing. Raises UnreadableFile."""
    table = read_table(data, required=REQUIRED, optional=OPTIONAL, signed=("amount",))
    plan = FeePlan(table.digest, errors=list(table.errors))
    fees: list[tuple[int, NewFee]] = []
    for row in table.rows:
        try:
            fees.append((row.line, _fee(row)))
        except InvalidFee as wrong:
            plan.errors += [RowError(row.line, column, message) for column, (message, *_) in wrong.fields.items()]
    _compare(plan, fees)
    plan.errors.sort()
    return plan


@transaction.atomic
def apply_fees(data: bytes, *, actor: str, reason: str) -> Charged:
    """Charge every row that is not charged already, or none; the same file again charges nothing.

    Raises UnreadableFile, ImportRefused with each wrong cell, and what `charge_many` raises.
    """
    plan = plan_fees(data)
    if plan.errors:
        raise refusal(plan.errors)
    return charge_many(fees=[row.fee for row in plan.rows], batch=f"fee_import:{plan.digest}", actor=actor, reason=reason)


def _fee(row: Row) -> NewFee:
    """Raises InvalidFee with all that the row alone shows to be wrong."""
    cells = row.cells
    wrong: dict[str, list[str]] = {}
    amount_minor, due_date = 1, None
    try:
        amount_minor = _amount(cells["amount"])
    except BursarError as refused:
        wrong["amount"] = [refused.detail]
    try:
        due_date = _date(cells["due_date"])
    except ValueError:
        wrong["due_date"] = ["A date like 2026-03-31."]
    try:
        fee = NewFee(
            cells["student_id"],
            amount_minor,
            cells["description"],
            cells["reference"],
            cells["term"],
            due_date,
            currency=cells["currency"].upper(),
        )
    except InvalidFee as invalid:
        wrong |= invalid.fields
    if wrong:
        raise InvalidFee(fields=wrong)
    return fee


def _amount(text: str) -> int:
    if not _AMOUNT.fullmatch(text):
        raise InexactAmount("A plain number like 50000.00, without signs or separators.")
    amount_minor = to_minor(text, settings.SCHOOL_CURRENCY)
    if amount_minor == 0:
        raise AmountOutOfRange("More than zero.")
    return amount_minor


def _date(text: str) -> date | None:
    if text and not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text) if text else None


def _compare(plan: FeePlan, fees: list[tuple[int, NewFee]]) -> None:
    """Sort each fee into the plan's rows or its errors, by what else the file and the database hold."""
    students = Student.objects.in_bulk({fee.student_id for _, fee in fees}, field_name="student_id")
    charged = FeeCharge.objects.select_related("student").in_bulk({fee.reference for _, fee in fees}, field_name="reference")
    first_seen: dict[str, int] = {}
    for line, fee in fees:
        before = first_seen.setdefault(fee.reference, line)
        error = _refused(line, fee, before, students, charged)
        if error:
            plan.errors.append(error)
            continue
        student = students[fee.student_id]
        note = "" if student.is_active else "the student is inactive"
        plan.rows.append(PlannedFee(line, fee, student.name, fee.reference in charged, note))


def _refused(
    line: int, fee: NewFee, first_seen: int, students: Mapping[str, Student], charged: Mapping[str, FeeCharge]
) -> RowError | None:
    there = charged.get(fee.reference)
    if first_seen != line:
        return RowError(line, "reference", f"The same reference as in line {first_seen}.")
    if fee.student_id not in students:
        return RowError(line, "student_id", "There is no such student.")
    if there is not None and not fee.is_charged_as(there):
        return RowError(line, "reference", f"Charged already as another fee, to {there.student.student_id}.")
    return None
