"""Fees are charged: the student's debt grows, the school's income with it, once for ever under the fee's reference."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from access.approvals import Line, Preview
from access.services import audit
from core.ids import new_id
from core.money import money
from ledger import chart
from ledger.models import Account
from ledger.services.accounts import refuse_by_state
from ledger.services.posting import NewTransfer, post
from students.errors import FeeConflict, UnknownStudent
from students.models import FeeCharge, Student
from students.services.new_fee import NewFee


class Charged(NamedTuple):
    """The charges in the order asked for, and how many of them are new."""

    charges: list[FeeCharge]
    new: int


def charge_fee(
    *,
    student_id: str,
    amount_minor: int,
    description: str,
    reference: str,
    actor: str,
    reason: str,
    term: str = "",
    due_date: date | None = None,
    effective_at: datetime | None = None,
) -> FeeCharge:
    """Charge one fee in the school's currency. Idempotent by `reference`: the same fee again is returned, and nothing is booked.

    Raises InvalidFee, UnknownStudent, FeeConflict when the reference names another fee, and AccountFrozen or AccountClosed.
    """
    fee = NewFee(student_id, amount_minor, description, reference, term, due_date, effective_at or timezone.now())
    return charge_many(fees=[fee], batch=f"student:{student_id}", actor=actor, reason=reason).charges[0]


def preview_charge(*, student_id: str, amount_minor: int, description: str, reference: str, **more: Any) -> Preview:
    """What `charge_fee` would book. Raises what it raises, and FeeConflict when the reference is charged already."""
    fee = NewFee(student_id, amount_minor, description, reference, **more)
    [student] = _students_of([fee]).values()
    if FeeCharge.objects.filter(reference=reference).exists():
        raise FeeConflict(f"{reference} is charged already.")
    refuse_by_state(list(Account.objects.filter(code=student.account_code).values_list("id", flat=True)))
    transfer = _transfer(fee, _row(fee, student, ""))
    lines = (Line(transfer.debit, amount_minor, 0, fee.currency), Line(transfer.credit, 0, amount_minor, fee.currency))
    inactive = () if student.is_active else (f"{student} is not active.",)
    return Preview(f"Charge {student} {money(amount_minor, fee.currency)} for {description}.", lines, inactive)


@transaction.atomic
def charge_many(*, fees: Sequence[NewFee], batch: str, actor: str, reason: str) -> Charged:
    """Charge all or none, in a handful of statements; the trail has one entry, under the name `batch`.

    Idempotent by each fee's reference. Locks references in order, then what `ledger.post` locks. Raises what `charge_fee` raises.
    """
    students = _students_of(fees)
    made = {fee.reference: _row(fee, students[fee.student_id], actor) for fee in sorted(fees, key=lambda fee: fee.reference)}
    # 1. The insert waits for whoever is charging under the same reference, and does nothing where it is taken.
    FeeCharge.objects.bulk_create(made.values(), ignore_conflicts=True)
    # 2. Another snapshot, so it sees what that other one has committed.
    stored = FeeCharge.objects.select_related("student").in_bulk(made, field_name="reference")
    for fee in fees:
        _check_agrees(fee, stored[fee.reference])
    fresh = {fee.reference: fee for fee in fees if stored[fee.reference].pk == made[fee.reference].pk}
    # 3. Only what is new is booked, under the id that its row names already.
    post([_transfer(fee, stored[fee.reference]) for fee in fresh.values()])
    if fresh:
        total = sum(fee.amount_minor for fee in fresh.values())
        audit.record(
            actor=actor, act="students.charge", target=batch, reason=reason, after={"fees": len(fresh), "amount_minor": total}
        )
    return Charged([stored[fee.reference] for fee in fees], len(fresh))


def _students_of(fees: Sequence[NewFee]) -> Mapping[str, Student]:
    students = Student.objects.in_bulk({fee.student_id for fee in fees}, field_name="student_id")
    for fee in fees:
        if fee.student_id not in students:
            raise UnknownStudent(f"There is no student {fee.student_id[:50]}.")
    return students


def _row(fee: NewFee, student: Student, actor: str) -> FeeCharge:
    return FeeCharge(
        student=student,
        amount_minor=fee.amount_minor,
        currency=fee.currency,
        description=fee.description,
        term=fee.term,
        due_date=fee.due_date,
        reference=fee.reference,
        transfer_id=new_id(),
        charged_by=actor,
    )


def _check_agrees(fee: NewFee, stored: FeeCharge) -> None:
    if not fee.is_charged_as(stored):
        raise FeeConflict(f"{fee.reference} is another fee already.")


def _transfer(fee: NewFee, charge: FeeCharge) -> NewTransfer:
    return NewTransfer(
        id=charge.transfer_id,
        debit=chart.student(fee.student_id, fee.currency),
        credit=chart.income("fees", fee.currency),
        amount_minor=fee.amount_minor,
        currency=fee.currency,
        kind="fee",
        reference=f"fee:{fee.reference}",
        effective_at=fee.effective_at,
        memo=fee.description,
    )
