"""Transfers that a second person must agree to: how an approval names one, and whether this one needs it.

The database asks the same of every transfer of these kinds (`refuse_unapproved`); here it is said kindly, and beforehand.
"""

from collections.abc import Mapping
from typing import Any

from access.approvals import Line, Preview
from access.errors import ApprovalNeeded, ApprovalOutdated
from access.models import Approval
from access.services.approval_limits import most_alone
from ledger.errors import ReferenceConflict
from ledger.models import TransferReference
from ledger.services.posting import NewTransfer, Posted, post


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


def book(transfer: NewTransfer, approval: Approval | None) -> Posted:
    """Post it, alone where that may be, else as the approval says: once, so one that is booked already is a ReferenceConflict.

    Without an approval what is booked already is answered with `new=False`, and ApprovalNeeded is raised above the limit;
    ApprovalOutdated when another transfer was approved. Raises what `post` raises, and needs a transaction as it does.
    """
    if approval is not None:
        check_asked(transfer, approval.payload)
    elif needs_approval(transfer):
        raise ApprovalNeeded
    [posted] = post([transfer])
    if approval is not None and not posted.new:
        raise _booked(transfer)
    return posted


def check_asked(transfer: NewTransfer, payload: Mapping[str, Any]) -> None:
    """Raises ApprovalOutdated when it is not the transfer that was asked for: more money has come since, say."""
    if payload["transfer"] != as_asked(transfer):
        raise ApprovalOutdated


def check_fresh(transfer: NewTransfer) -> None:
    """Raises ReferenceConflict when something is booked under its reference: the same again would book nothing."""
    if TransferReference.objects.filter(reference=transfer.reference).exists():
        raise _booked(transfer)


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


def _booked(transfer: NewTransfer) -> ReferenceConflict:
    return ReferenceConflict(f"{transfer.reference!r} is booked already.")
