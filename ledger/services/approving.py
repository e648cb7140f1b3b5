"""Transfers that a second person must agree to: how an approval names one, and whether this one needs it.

The database asks the same of every transfer of these kinds (`refuse_unapproved`); here it is said kindly, and beforehand.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.utils import timezone
from psycopg.errors import RestrictViolation

from access.approvals import Line, Preview
from access.errors import ApprovalNeeded, ApprovalOutdated
from access.models import Approval
from access.services.approval_limits import most_alone
from core.ids import lowest_id_at
from core.sql import run
from ledger.errors import ReferenceConflict
from ledger.models import TransferReference
from ledger.services.posting import NewTransfer, Posted, post

WINDOW = timedelta(days=30)
"""For how long what one person gave up alone counts against the limit of the next for the same student."""
GIVEN_UP = ("write_off", "fee_reversal")
"""What counts together: a fee that is cancelled costs the school what a write-off costs it."""


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
    """Is it more than one person may book alone? For the kinds that are limited; of reversals, those of fees.

    A write-off or a cancelled fee counts together with all that was given up for the same student in the WINDOW before it, by
    acts that were each within their limit.
    """
    limited = "fee_reversal" if transfer.kind == "reversal" else transfer.kind
    most = most_alone(limited, transfer.currency)
    if limited in GIVEN_UP and transfer.amount_minor <= most:
        return transfer.amount_minor + _given_up_lately(transfer) > most
    return transfer.amount_minor > most


def book(transfer: NewTransfer, approval: Approval | None) -> Posted:
    """Post it, alone where that may be, else as the approval says: once, so one that is booked already is a ReferenceConflict.

    Without an approval what is booked already is answered with `new=False`, and ApprovalNeeded is raised above the limit;
    ApprovalOutdated when another transfer was approved. Raises what `post` raises, and needs a transaction as it does.
    """
    if approval is not None:
        check_asked(transfer, approval.payload)
    elif needs_approval(transfer):
        raise ApprovalNeeded
    try:
        [posted] = post([transfer])
    except IntegrityError as refused:
        # Something else was given up in between, and the database counts under the account's lock.
        if approval is None and isinstance(refused.__cause__, RestrictViolation) and "no second person" in str(refused):
            raise ApprovalNeeded from refused
        raise
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


def _given_up_lately(transfer: NewTransfer) -> int:
    """What counts besides it, in minor units; nothing for one that is booked already, which is answered and not booked again."""
    if TransferReference.objects.filter(reference=transfer.reference).exists():
        return 0
    since = lowest_id_at(timezone.now() - WINDOW)
    [(lately,)] = run("ledger", "given_up_alone", [since, transfer.credit]).rows or [(0,)]
    return int(lately)


def _booked(transfer: NewTransfer) -> ReferenceConflict:
    return ReferenceConflict(f"{transfer.reference!r} is booked already.")
