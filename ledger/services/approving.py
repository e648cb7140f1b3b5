"""Transfers that a second person must agree to: how an approval names one, and whether this one needs it.

The database asks the same of every transfer of these kinds (`refuse_unapproved`); here it is said kindly, and beforehand.
"""

from collections.abc import Mapping
from typing import Any

from access.approvals import Line, Preview
from access.errors import ApprovalNeeded, ApprovalOutdated
from access.models import Approval
from access.services.approval_limits import most_alone
from ledger.services.new_transfer import NewTransfer


def as_asked(transfer: NewTransfer) -> dict[str, Any]:
    """The transfer as a payload's `transfer` names it, and as the database compares it."""
    return {
        "debit": transfer.debit,
        "credit": transfer.credit,
        "amount_minor": transfer.amount_minor,
        "currency": transfer.currency,
        "kind": transfer.kind,
        "reference": transfer.reference,
    }


def needs_approval(transfer: NewTransfer) -> bool:
    """Is it more than one person may book alone? For the kinds that are limited; of reversals, those of fees."""
    limited = "fee_reversal" if transfer.kind == "reversal" else transfer.kind
    return transfer.amount_minor > most_alone(limited, transfer.currency)


def check_approved(transfer: NewTransfer, approval: Approval | None) -> None:
    """Raises ApprovalNeeded for what one person may not book alone, ApprovalOutdated when another transfer was approved."""
    if approval is not None:
        check_asked(transfer, approval.payload)
    elif needs_approval(transfer):
        raise ApprovalNeeded


def check_asked(transfer: NewTransfer, payload: Mapping[str, Any]) -> None:
    """Raises ApprovalOutdated when it is not the transfer that was asked for: more money has come since, say."""
    if payload["transfer"] != as_asked(transfer):
        raise ApprovalOutdated


def preview_of(transfer: NewTransfer, summary: str, *warnings: str) -> Preview:
    """The transfer as a journal of two lines, and whether another person must agree."""
    amount, currency = transfer.amount_minor, transfer.currency
    lines = (Line(transfer.debit, amount, 0, currency), Line(transfer.credit, 0, amount, currency))
    return Preview(summary, lines, tuple(filter(None, warnings)), needs_approval(transfer))


def agreed_by(approval: Approval | None) -> dict[str, str]:
    """What the audit trail says of the second person, when there was one."""
    return {} if approval is None else {"approval": approval.public_id, "approved_by": str(approval.approver)}


def one_line(reason: str) -> str:
    """A reason as a transfer's memo carries it."""
    return " ".join(reason.split())
