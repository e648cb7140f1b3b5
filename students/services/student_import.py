"""Students from a CSV file: first a plan that says what each row would do, then all of it or nothing.

Columns: student_id, first_name, last_name; and if wanted email, phone, enrollment_status (ACTIVE unless said).
"""

from dataclasses import dataclass, field

from django.db import transaction

from students.errors import InvalidStudent
from students.models import Student
from students.services.enrolling import Enrolled, enroll_many
from students.services.new_student import NewStudent
from students.services.table import Row, RowError, read_table, refusal

REQUIRED = ("student_id", "first_name", "last_name")
OPTIONAL = ("email", "phone", "enrollment_status")


@dataclass(frozen=True, slots=True)
class PlannedStudent:
    """What one row would do. `enrolled_already` rows do nothing."""

    line: int
    student: NewStudent
    enrolled_already: bool


@dataclass(slots=True)
class StudentPlan:
    """What a file would do, row by row, and all that is wrong with it. `digest` is the file's SHA-256."""

    digest: str
    rows: list[PlannedStudent] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    @property
    def new(self) -> list[PlannedStudent]:
        return [row for row in self.rows if not row.enrolled_already]


def plan_students(data: bytes) -> StudentPlan:
    """Read the file and compare it with the students there are, changing nothing. Raises UnreadableFile."""
    table = read_table(data, required=REQUIRED, optional=OPTIONAL, signed=("phone",))
    plan = StudentPlan(table.digest, errors=list(table.errors))
    students: list[tuple[int, NewStudent]] = []
    for row in table.rows:
        try:
            students.append((row.line, _student(row)))
        except InvalidStudent as wrong:
            plan.errors += [RowError(row.line, column, message) for column, (message, *_) in wrong.fields.items()]
    _compare(plan, students)
    plan.errors.sort()
    return plan


@transaction.atomic
def apply_students(data: bytes, *, actor: str, reason: str) -> Enrolled:
    """Enroll every row that is not enrolled already, or none; the same file again enrolls nobody.

    Raises UnreadableFile, ImportRefused with each wrong cell, and StudentConflict when someone enrolled them meanwhile otherwise.
    """
    plan = plan_students(data)
    if plan.errors:
        raise refusal(plan.errors)
    batch = f"student_import:{plan.digest}"
    return enroll_many(students=[row.student for row in plan.rows], batch=batch, actor=actor, reason=reason)


def _student(row: Row) -> NewStudent:
    cells = row.cells
    return NewStudent(
        cells["student_id"],
        cells["first_name"],
        cells["last_name"],
        cells["enrollment_status"].upper() or Student.Enrollment.ACTIVE,
        cells["email"],
        cells["phone"],
    )


def _compare(plan: StudentPlan, students: list[tuple[int, NewStudent]]) -> None:
    """Sort each student into the plan's rows or its errors, by what else the file and the database hold."""
    enrolled = Student.objects.in_bulk({new.student_id for _, new in students}, field_name="student_id")
    addresses = {new.email for _, new in students if new.email}
    owner_of = dict(Student.objects.filter(email__in=addresses).values_list("email", "student_id"))
    first_seen: dict[str, int] = {}
    for line, new in students:
        there = enrolled.get(new.student_id)
        if first_seen.setdefault(new.student_id, line) != line:
            plan.errors.append(RowError(line, "student_id", f"The same id as in line {first_seen[new.student_id]}."))
        elif there is not None and not new.is_enrolled_as(there):
            plan.errors.append(RowError(line, "student_id", "Enrolled already with other facts."))
        elif new.email and owner_of.setdefault(new.email, new.student_id) != new.student_id:
            plan.errors.append(RowError(line, "email", f"Belongs to {owner_of[new.email]}."))
        else:
            plan.rows.append(PlannedStudent(line, new, there is not None))
