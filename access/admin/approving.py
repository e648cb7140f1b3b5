"""Deciding what another person asks for: approve, reject, withdraw one's own, carry out what was approved for later."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from access import approvals
from access.admin.plans import plan_of
from access.errors import NotTheRequester
from access.models import Approval
from core.admin import acts
from core.admin.acts import Act, Done, Filled, Plan, Said


def register() -> None:
    for act in (_APPROVE, _REJECT, _WITHDRAW, _CARRY_OUT):
        acts.add("access_approval", act)


def _plan_approval(request: HttpRequest, approval: Approval, filled: Filled) -> Plan:
    approvals.check_may_decide(approval, _me(request))
    seen = plan_of(request, approvals.preview(approval.kind, approval.payload))
    return Plan(seen.summary, seen.blocks, seen.warnings, exactly=seen.exactly)


def _approve(approval: Approval, filled: Filled, said: Said) -> Done:
    decided = approvals.approve(approval_id=approval.pk, actor=said.actor, reason=said.reason)
    carried_out = decided.status == Approval.Status.EXECUTED
    return Done("Approved and booked." if carried_out and "transfer" in (decided.result or {}) else "Approved.")


def _plan_rejection(request: HttpRequest, approval: Approval, filled: Filled) -> Plan:
    approvals.check_may_decide(approval, _me(request))
    return Plan(f"Reject this for good: {approval.summary} Nothing is booked.")


def _reject(approval: Approval, filled: Filled, said: Said) -> Done:
    approvals.reject(approval_id=approval.pk, actor=said.actor, reason=said.reason)
    return Done("Rejected. Nothing was booked.")


def _plan_withdrawal(request: HttpRequest, approval: Approval, filled: Filled) -> Plan:
    if approval.requester != _me(request):
        raise NotTheRequester
    # One's own request may be withdrawn however late it is.
    approval.check_undecided(approval.requested_at)
    return Plan(f"Withdraw your request: {approval.summary} Nothing is booked.")


def _withdraw(approval: Approval, filled: Filled, said: Said) -> Done:
    approvals.cancel(approval_id=approval.pk, actor=said.actor, reason=said.reason)
    return Done("Withdrawn. Nothing was booked.")


def _plan_execution(request: HttpRequest, approval: Approval, filled: Filled) -> Plan:
    approval.check_approved(timezone.now())
    seen = plan_of(request, approvals.preview(approval.kind, approval.payload))
    return Plan(seen.summary, seen.blocks, seen.warnings, exactly=seen.exactly)


def _execute(approval: Approval, filled: Filled, said: Said) -> Done:
    approvals.execute(approval_id=approval.pk, actor=said.actor, reason=said.reason)
    return Done("Carried out.")


def _decides(request: HttpRequest, approval: Approval) -> bool:
    return approvals.may_decide(approval, _me(request))


def _is_own(request: HttpRequest, approval: Approval) -> bool:
    return approval.status == Approval.Status.REQUESTED and approval.requester == _me(request)


def _is_approved(request: HttpRequest, approval: Approval) -> bool:
    return approval.status == Approval.Status.APPROVED


def _me(request: Any) -> str:
    return str(request.user.actor)


_APPROVE = Act(
    name="approve",
    label="Approve",
    explanation="You are the second person: what you see here is what will be booked, at once.",
    permission="access.approve",
    plan=_plan_approval,
    carry_out=_approve,
    fits=_decides,
    tone="main",
    rank=10,
)
_REJECT = Act(
    name="reject",
    label="Reject",
    explanation="Who asked for it reads your reason.",
    permission="access.approve",
    plan=_plan_rejection,
    carry_out=_reject,
    fits=_decides,
    tone="bad",
    rank=20,
)
_WITHDRAW = Act(
    name="withdraw",
    label="Withdraw",
    explanation="For what need not be decided any more.",
    permission=approvals.WITHDRAWS,
    plan=_plan_withdrawal,
    carry_out=_withdraw,
    fits=_is_own,
    rank=30,
)
_CARRY_OUT = Act(
    name="carry-out",
    label="Carry out",
    explanation="Two people have agreed to it, and it was left for later.",
    permission="access.approve",
    plan=_plan_execution,
    carry_out=_execute,
    fits=_is_approved,
    tone="main",
    rank=10,
)
