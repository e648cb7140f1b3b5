"""Two people of the finance office: Grace acts, David approves."""

from typing import Any

from access import approvals
from access.models import Approval, User
from access.services.roles import assign_role

WHY = "Her mother called, with the receipt in her hand."
YES = "I have seen the receipt."


def hire(name: str, role: str) -> Any:
    """Someone active in the back office, by that name and role."""
    user = User.objects.create_user(f"{name.lower()}@makini.example", full_name=name)
    assign_role(user=user, role=role, actor="system:test", reason="Works in the finance office.")
    return user


def agree(asked: Approval, approver: Any) -> Approval:
    return approvals.approve(approval_id=asked.id, actor=approver.actor, reason=YES)
