"""The doors to a student's debt: charge one fee, write off what will not be paid, cancel what was charged in error."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest

from access.admin.plans import plan_of
from access.models import Approval
from core.admin import acts
from core.admin.acts import Act, Done, Filled, Plan, Said
from core.admin.addresses import address_of
from core.admin.fields import AmountField
from core.money import money, to_major
from ledger.admin.adjusting import voucher
from ledger.services.balances import balance
from students.models import FeeCharge, Student
from students.services.cancelling import cancel_fee_or_request, preview_cancel
from students.services.charging import charge_fee, preview_charge
from students.services.writing_off import preview_write_off, write_off_or_request


class ChargeForm(forms.Form):
    amount = AmountField(label="Amount")
    description = forms.CharField(label="What for", max_length=200, help_text="As the student reads it on the statement.")
    term = forms.CharField(label="Term", max_length=200, required=False)
    due_date = forms.DateField(
        label="Due",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "A day, as 2026-01-31."},
    )
    reference = forms.CharField(label="Reference", max_length=200, help_text="It is good for one fee for ever.")


class WriteOffForm(forms.Form):
    amount = AmountField(label="Amount", help_text="No more than is owed.")
    reference = forms.CharField(label="Reference", max_length=200, help_text="It is good for one write-off for ever.")


def _fee(student: Student, filled: Filled) -> dict[str, Any]:
    return {
        "student_id": student.student_id,
        "amount_minor": filled["amount"],
        "description": filled["description"],
        "term": filled["term"],
        "due_date": filled["due_date"],
        "reference": filled["reference"],
    }


def _plan_charge(request: HttpRequest, student: Student, filled: Filled) -> Plan:
    return plan_of(request, preview_charge(**_fee(student, filled)))


def _charge(student: Student, filled: Filled, said: Said) -> Done:
    fee = charge_fee(**_fee(student, filled), actor=said.actor, reason=said.reason)
    return Done(
        f"{student.name} is charged {money(fee.amount_minor, fee.currency)} for {fee.description}.", amount_minor=fee.amount_minor
    )


def _plan_write_off(request: HttpRequest, student: Student, filled: Filled) -> Plan:
    return plan_of(request, preview_write_off(**_write_off_of(student, filled)))


def _write_off(student: Student, filled: Filled, said: Said) -> Done:
    done = write_off_or_request(**_write_off_of(student, filled), actor=said.actor, reason=said.reason)
    if isinstance(done, Approval):
        return asked_for(done)
    said_again = "" if done.new else " That was done before."
    return Done(f"{money(done.amount_minor, done.currency)} is written off.{said_again}", amount_minor=done.amount_minor)


def _write_off_of(student: Student, filled: Filled) -> dict[str, Any]:
    return {"student_id": student.student_id, "amount_minor": filled["amount"], "reference": filled["reference"]}


def _plan_cancel(request: HttpRequest, fee: FeeCharge, filled: Filled) -> Plan:
    return plan_of(request, preview_cancel(reference=fee.reference))


def _cancel(fee: FeeCharge, filled: Filled, said: Said) -> Done:
    done = cancel_fee_or_request(reference=fee.reference, actor=said.actor, reason=said.reason)
    if isinstance(done, Approval):
        return asked_for(done)
    again = "" if done.new else " That was done before."
    return Done(
        f"{fee.description}, {money(done.amount_minor, done.currency)}, is cancelled.{again}", amount_minor=done.amount_minor
    )


def asked_for(approval: Approval) -> Done:
    """What to say, and where to go, when an act was asked for and not done."""
    return Done("Asked for: nothing is booked before another person approves.", address_of(approval.public_id))


def _owes(request: HttpRequest, student: Student) -> bool:
    return balance(student.account_code) > 0


def _all_that_is_owed(request: HttpRequest, student: Student) -> Filled:
    owed, currency = balance(student.account_code), settings.SCHOOL_CURRENCY
    return {"amount": str(to_major(owed, currency)) if owed > 0 else "", "reference": voucher("W")}


def _new_fee(request: HttpRequest, student: Student) -> Filled:
    return {"reference": voucher("F")}


acts.add(
    "students_student",
    Act(
        name="charge",
        label="Charge a fee",
        explanation="The student owes it from now on, and it stands on the statement.",
        permission="students.charge",
        form=ChargeForm,
        plan=_plan_charge,
        carry_out=_charge,
        initial=_new_fee,
        tone="main",
        rank=10,
    ),
)
acts.add(
    "students_student",
    Act(
        name="write-off",
        label="Write off",
        explanation="The school gives up what the student owes and will not pay; it becomes an expense.",
        permission="students.write_off",
        form=WriteOffForm,
        plan=_plan_write_off,
        carry_out=_write_off,
        initial=_all_that_is_owed,
        fits=_owes,
        rank=20,
    ),
)
acts.add(
    "students_feecharge",
    Act(
        name="cancel",
        label="Cancel this fee",
        explanation="For a fee that was charged in error: its booking is reversed, and both stay on the statement.",
        permission="students.cancel_fee",
        plan=_plan_cancel,
        carry_out=_cancel,
    ),
)
