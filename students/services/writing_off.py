"""What a student owes and will not pay is written off: up to what is owed, once under its reference.

Up to a limit an officer does so alone; above it another person approves, and the database asks for that person too.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from access import approvals
from access.models import Approval
from access.services import audit
from core.ids import public_id
from core.money import money
from ledger import chart
from ledger.errors import InvalidTransfer
from ledger.models import Account
from ledger.services.accounts import refuse_by_state
from ledger.services.approving import agreed_by, as_asked, book, check_fresh, needs_approval, preview_of
from ledger.services.balances import balance
from ledger.services.posting import NewTransfer
from students.errors import MoreThanOwed, UnknownStudent
from students.models import Student

KIND = "students.write_off"


class WrittenOff(NamedTuple):
    """What was booked; `new` is False when an earlier call under the same reference had done it."""

    student_id: str
    amount_minor: int
    currency: str
    transfer_id: UUID
    new: bool


def preview_write_off(*, student_id: str, amount_minor: int, reference: str) -> approvals.Preview:
    """What `write_off` would book, and whether it takes a second person. Raises what it raises, ApprovalNeeded aside."""
    student = _student(student_id)
    transfer = _transfer(student, amount_minor, reference)
    check_fresh(transfer)
    owed = balance(transfer.credit)
    if amount_minor > owed:
        raise _more(student, owed)
    refuse_by_state(list(Account.objects.filter(code=transfer.credit).values_list("id", flat=True)))
    rest = money(owed - amount_minor, transfer.currency)
    amount = money(amount_minor, transfer.currency)
    return preview_of(transfer, f"Write off {amount} that {student} owes; {rest} stays owed.")


def write_off(*, student_id: str, amount_minor: int, reference: str, actor: str, reason: str) -> WrittenOff:
    """Debit what the school loses, credit the student. `reference` is good for one write-off for ever; again it is answered.

    Raises UnknownStudent, MoreThanOwed, InvalidTransfer, AmountOutOfRange, ReferenceConflict, AccountFrozen, AccountClosed, and
    ApprovalNeeded above the limit. Locks what `ledger.post` locks: of two at once only what is owed is written off.
    """
    return _write_off(student_id, amount_minor, reference, actor, reason, None)


def write_off_or_request(*, student_id: str, amount_minor: int, reference: str, actor: str, reason: str) -> WrittenOff | Approval:
    """Write off, or ask for it where that takes a second person: then the request is returned, and nothing is booked yet."""
    transfer = _transfer(_student(student_id), amount_minor, reference)
    if not needs_approval(transfer):
        return _write_off(student_id, amount_minor, reference, actor, reason, None)
    payload = {"student": student_id, "transfer": as_asked(transfer)}
    return approvals.request(kind=KIND, payload=payload, actor=actor, reason=reason)


def preview_request(payload: Mapping[str, Any]) -> approvals.Preview:
    """What was asked for, as things are now."""
    return preview_write_off(**_asked(payload))


def execute_request(approval: Approval) -> dict[str, str]:
    """Write off what was approved, in the transaction that approves it, in the name of who asked for it."""
    done = _write_off(**_asked(approval.payload), actor=approval.requester, reason=approval.reason, approval=approval)
    return {"transfer": public_id("transfer", done.transfer_id)}


@transaction.atomic
def _write_off(
    student_id: str, amount_minor: int, reference: str, actor: str, reason: str, approval: Approval | None
) -> WrittenOff:
    audit.check_said(actor, reason)
    student = _student(student_id)
    transfer = _transfer(student, amount_minor, reference)
    posted = book(transfer, approval)
    if posted.new:
        # The student's balance is locked now, so nothing comes between what is read and what was written off.
        owed = balance(transfer.credit) + amount_minor
        if amount_minor > owed:
            raise _more(student, owed)
        after = {"amount_minor": amount_minor, "currency": transfer.currency, "reference": reference}
        after["transfer"] = public_id("transfer", posted.id)
        audit.record(actor=actor, act=KIND, target=student.owner, reason=reason, after=after | agreed_by(approval))
    return WrittenOff(student_id, amount_minor, transfer.currency, posted.id, posted.new)


def _student(student_id: str) -> Student:
    student = Student.objects.filter(student_id=student_id).first()
    if student is None:
        raise UnknownStudent(f"There is no student {student_id[:50]}.")
    return student


def _transfer(student: Student, amount_minor: int, reference: str) -> NewTransfer:
    if not reference.strip():
        raise InvalidTransfer("A write-off needs a reference of its own.")
    currency = settings.SCHOOL_CURRENCY
    return NewTransfer(
        debit=chart.expense("write_offs", currency),
        credit=student.account_code,
        amount_minor=amount_minor,
        currency=currency,
        kind="write_off",
        reference=f"write_off:{reference}",
        effective_at=timezone.now(),
        # The student reads it on their statement; why it was written off is the audit trail's.
        memo="Written off",
    )


def _asked(payload: Mapping[str, Any]) -> dict[str, Any]:
    transfer = payload["transfer"]
    reference = transfer["reference"].removeprefix("write_off:")
    return {"student_id": payload["student"], "amount_minor": transfer["amount_minor"], "reference": reference}


def _more(student: Student, owed: int) -> MoreThanOwed:
    return MoreThanOwed(f"{student} owes {money(max(owed, 0), settings.SCHOOL_CURRENCY)}.")
