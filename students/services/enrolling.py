"""Students join, and their enrollment stops and starts. A student and the ledger account of what they owe are made together."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from access.models import User
from access.services import audit
from core.phones import phone_digest
from ledger.models import Account
from ledger.services.accounts import NewAccount, open_accounts
from students.errors import StudentConflict, UnknownStudent
from students.models import Student
from students.services.new_student import NewStudent


class Enrolled(NamedTuple):
    """The students in the order asked for, and how many of them are new."""

    students: list[Student]
    new: int


def enroll_student(
    *,
    student_id: str,
    first_name: str,
    last_name: str,
    actor: str,
    reason: str,
    enrollment_status: str = Student.Enrollment.ACTIVE,
    email: str | None = None,
    phone: str | None = None,
    user: User | None = None,
) -> Student:
    """A student with an account in the school's currency. Idempotent: who is enrolled with these facts is returned unchanged.

    Raises InvalidStudent, and StudentConflict when the id has other facts, or e-mail or user belong to someone else.
    """
    new = NewStudent(student_id, first_name, last_name, enrollment_status, email, phone, user)
    return enroll_many(students=[new], batch=f"student:{student_id}", actor=actor, reason=reason).students[0]


@transaction.atomic
def enroll_many(*, students: Sequence[NewStudent], batch: str, actor: str, reason: str) -> Enrolled:
    """Enroll all or none, in a handful of statements; the trail has one entry, under the name `batch`. Raises StudentConflict.

    Those enrolled already keep their enrollment status; the facts that are given must be theirs. Locks new rows by student id.
    """
    made = {new.student_id: _row(new) for new in sorted(students, key=lambda new: new.student_id)}
    Student.objects.bulk_create(made.values(), ignore_conflicts=True)
    stored = Student.objects.in_bulk(made, field_name="student_id")
    for new in students:
        _check_agrees(new, stored.get(new.student_id))
    fresh = [row for row in made.values() if stored[row.student_id].pk == row.pk]
    if fresh:
        open_accounts([NewAccount(student.account_code) for student in fresh])
        _review_accounts([student.account_code for student in fresh if not student.is_active])
        audit.record(actor=actor, act="students.enroll", target=batch, reason=reason, after={"enrolled": len(fresh)})
    return Enrolled([stored[new.student_id] for new in students], len(fresh))


@transaction.atomic
def set_enrollment(*, student_id: str, status: str, actor: str, reason: str) -> Student:
    """ACTIVE or INACTIVE, for the student and for their accounts: money that comes for an inactive one is booked and flagged.

    A frozen or closed account stays so. Idempotent. Locks the student, then the accounts by id. Raises UnknownStudent.
    """
    student = Student.objects.select_for_update(no_key=True).filter(student_id=student_id).first()
    if student is None:
        raise UnknownStudent
    before, status = student.enrollment_status, Student.Enrollment(status)
    if status == before:
        return student
    student.change_enrollment(status)
    accounts = Account.objects.select_for_update(no_key=True).filter(owner=student.owner, code__startswith=f"{student.owner}:")
    for account in accounts.order_by("id"):
        if student.is_active and account.state == Account.State.REVIEW:
            account.reopen()
        elif not student.is_active and account.state == Account.State.OPEN:
            account.review()
    audit.record(
        actor=actor,
        act="students.set_enrollment",
        target=student.owner,
        reason=reason,
        before={"enrollment_status": before},
        after={"enrollment_status": status},
    )
    return student


def _row(new: NewStudent) -> Student:
    return Student(
        student_id=new.student_id,
        first_name=new.first_name,
        last_name=new.last_name,
        enrollment_status=new.enrollment_status,
        email=new.email,
        phone=new.phone,
        phone_digest=phone_digest(new.phone) if new.phone else None,
        user=new.user,
    )


def _check_agrees(new: NewStudent, stored: Student | None) -> None:
    if stored is None:
        raise StudentConflict(f"{new.student_id}: the e-mail or the user belongs to another student.")
    if not new.is_enrolled_as(stored):
        raise StudentConflict(f"{new.student_id} is enrolled with other facts.")


def _review_accounts(codes: Sequence[str]) -> None:
    for account in Account.objects.filter(code__in=codes).order_by("id"):
        account.review()
