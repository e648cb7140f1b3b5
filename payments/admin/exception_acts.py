"""What staff do about money that came: say whose it is, accept a flag, mark it to be returned, or take that mark off."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest

from access.admin.plans import plan_of
from access.models import Approval
from core.admin import acts, shown
from core.admin.acts import Act, Done, Filled, Plan, Said
from core.admin.addresses import address_of
from core.admin.blocks import Column, Table
from core.admin.reasons import heading_of
from core.exceptions import UnfitItem
from core.models import ExceptionItem
from core.money import money
from ledger.admin.account_field import AccountField
from ledger.models import Account
from payments.errors import UnknownPayment
from payments.models import Payment
from payments.services.accepting import KINDS as FLAGS
from payments.services.accepting import accept, accept_many, preview_accept
from payments.services.allocating import allocate_or_request, preview_allocation
from payments.services.returning import KINDS as RETURNABLE
from payments.services.returning import can_be_kept, keep, preview_keep, preview_return, return_for_refund

Status = ExceptionItem.Status


class AllocateForm(forms.Form):
    account = AccountField(
        label="Whose money is it?", help_text="A student's id, name or phone; or the code of an account that belongs to someone."
    )


def _payment_of(item: ExceptionItem) -> Any:
    if item.payment_id is None:
        raise UnknownPayment
    return item.payment_id


def _plan_allocation(request: HttpRequest, item: ExceptionItem, filled: Filled) -> Plan:
    return plan_of(request, preview_allocation(payment_id=_payment_of(item), account_code=filled["account"]))


def _allocate(item: ExceptionItem, filled: Filled, said: Said) -> Done:
    done = allocate_or_request(payment_id=_payment_of(item), account_code=filled["account"], actor=said.actor, reason=said.reason)
    if isinstance(done, Approval):
        return Done("Asked for: nothing is booked before another person approves.", address_of(done.public_id))
    again = "" if done.new else " That was done before."
    return Done(
        f"{money(done.amount_minor, done.currency)} is allocated to {done.account}.{again}", amount_minor=done.amount_minor
    )


def _meant(request: HttpRequest, item: ExceptionItem) -> Filled:
    """The account that the payer named, when there is one by now."""
    payment = Payment.objects.filter(pk=item.payment_id).first() if item.payment_id else None
    named = payment.named_account if payment else ""
    return {"account": named if named and Account.objects.filter(code=named).exclude(owner="").exists() else ""}


def _plan_acceptance(request: HttpRequest, item: ExceptionItem, filled: Filled) -> Plan:
    return plan_of(request, preview_accept(item_id=item.pk))


def _accept(item: ExceptionItem, filled: Filled, said: Said) -> Done:
    accept(item_id=item.pk, actor=said.actor, reason=said.reason)
    return Done("Accepted as it is.")


def _plan_accepting_many(request: HttpRequest, items: Sequence[ExceptionItem], filled: Filled) -> Plan:
    return plan_for_many(items, FLAGS, "Accept", "nothing is booked, nothing is changed")


def _accept_many(items: Sequence[ExceptionItem], filled: Filled, said: Said) -> Done:
    count = accept_many(item_ids=[item.pk for item in items], actor=said.actor, reason=said.reason)
    return Done(f"{count} accepted as {'it is' if count == 1 else 'they are'}." if count else "None of them was open any more.")


def _plan_return(request: HttpRequest, item: ExceptionItem, filled: Filled) -> Plan:
    return plan_of(request, preview_return(item_id=item.pk))


def _return(item: ExceptionItem, filled: Filled, said: Said) -> Done:
    return_for_refund(item_id=item.pk, actor=said.actor, reason=said.reason)
    return Done("Marked to be returned. Nothing leaves before a refund is made of it.")


def _plan_keeping(request: HttpRequest, item: ExceptionItem, filled: Filled) -> Plan:
    return plan_of(request, preview_keep(item_id=item.pk))


def _keep(item: ExceptionItem, filled: Filled, said: Said) -> Done:
    waiting = keep(item_id=item.pk, actor=said.actor, reason=said.reason)
    if waiting.pk != item.pk:
        return Done("The mark is off. It is joined with this one, which waits for all of it.", address_of(waiting.public_id))
    return Done("The mark is off, and it waits for staff again.")


def plan_for_many(items: Sequence[ExceptionItem], kinds: Sequence[str], verb: str, consequence: str) -> Plan:
    """Which of them it is about, one line each, and how many are left alone and why. Raises UnfitItem when all are."""
    fit = [item for item in items if item.kind in kinds and item.status == Status.OPEN]
    if not fit:
        raise UnfitItem("None of those chosen is open and of a kind that this is meant for.")
    others = [item for item in items if item not in fit]
    unfit = Counter(item.get_kind_display().lower() for item in others if item.status == Status.OPEN)
    dealt_with = Counter(item.get_status_display().lower() for item in others if item.status != Status.OPEN)
    rows = [
        [
            shown.instant(item.created_at),
            shown.link(address_of(item.public_id), heading_of(item.reason)),
            shown.text(item.detail),
            shown.amount(item.amount_minor, item.currency),
        ]
        for item in fit
    ]
    columns = [Column("Opened"), Column("Why"), Column("In words"), Column("Amount", numeric=True)]
    subject = "1 item" if len(fit) == 1 else f"{len(fit)} items"
    return Plan(
        f"{verb} {subject}: {consequence}.",
        [Table("Which ones", columns, rows, "None of those chosen.")],
        [*_left_alone("this is not meant for them", unfit), *_left_alone("they are no longer open", dealt_with)],
        exactly="\n".join(item.public_id for item in fit),
    )


def _left_alone(why: str, counted: Counter[str]) -> list[str]:
    return [f"Left alone, because {why}: {', '.join(f'{count} {what}' for what, count in counted.items())}."] if counted else []


def _in_suspense(request: HttpRequest, item: ExceptionItem) -> bool:
    return item.kind == ExceptionItem.Kind.SUSPENSE and item.status == Status.OPEN


def _flagged(request: HttpRequest, item: ExceptionItem) -> bool:
    return item.kind in FLAGS and item.status == Status.OPEN


def _returnable(request: HttpRequest, item: ExceptionItem) -> bool:
    return item.kind in RETURNABLE and item.status == Status.OPEN and item.payment_id is not None


def _returning(request: HttpRequest, item: ExceptionItem) -> bool:
    return can_be_kept(item)


_ITEM = "core_exceptionitem"
acts.add(
    _ITEM,
    Act(
        name="allocate",
        label="Allocate",
        explanation="All that this payment has in suspense moves to the account of whom it belongs to.",
        permission="payments.allocate",
        form=AllocateForm,
        plan=_plan_allocation,
        carry_out=_allocate,
        initial=_meant,
        fits=_in_suspense,
        tone="main",
        rank=10,
    ),
)
acts.add(
    _ITEM,
    Act(
        name="accept",
        label="Accept as it is",
        explanation="You have looked at it, and it may stay as it is booked.",
        permission="core.accept",
        plan=_plan_acceptance,
        carry_out=_accept,
        fits=_flagged,
        tone="main",
        rank=20,
    ),
)
acts.add_for_many(
    _ITEM,
    Act(
        name="accept",
        label="Accept",
        explanation="You have looked at these flags, and all of it may stay as it is booked.",
        permission="core.accept",
        plan=_plan_accepting_many,
        carry_out=_accept_many,
        rank=20,
    ),
)
acts.add(
    _ITEM,
    Act(
        name="return",
        label="Return to the payer",
        explanation="The money is not the school's to keep. It is marked, and leaves only when a refund is made of it.",
        permission="payments.return_for_refund",
        plan=_plan_return,
        carry_out=_return,
        fits=_returnable,
        rank=60,
    ),
)
acts.add(
    _ITEM,
    Act(
        name="keep",
        label="Keep after all",
        explanation="It was marked to be returned, and should not be.",
        permission="payments.return_for_refund",
        plan=_plan_keeping,
        carry_out=_keep,
        fits=_returning,
        rank=60,
    ),
)
