"""A fee that was charged in error is cancelled: its transfer is reversed, and the charge stays as it was, for the record.

Above a limit another person approves: a cancelled fee costs the school what a write-off costs it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from access import approvals
from access.models import Approval
from access.services import audit
from core.ids import public_id
from core.money import money
from ledger.models import Account
from ledger.services.accounts import refuse_by_state
from ledger.services.approving import agreed_by, as_asked, book, check_fresh, needs_approval, preview_of
from ledger.services.balances import balance
from ledger.services.posting import NewTransfer
from ledger.services.reversing import mirror_of
from students.errors import UnknownFee
from students.models import FeeCharge

KIND = "students.cancel_fee"


class Cancelled(NamedTuple):
    """The reversal that was booked; `new` is False when an earlier call had booked it."""

    reference: str
    amount_minor: int
    currency: str
    transfer_id: UUID
    new: bool


def preview_cancel(*, reference: str) -> approvals.Preview:
    """What `cancel_fee` would book, and whether it takes a second person.

    Raises UnknownFee, ReferenceConflict when it is cancelled already, and as things are now AccountFrozen and AccountClosed.
    """
    fee = _fee(reference)
    transfer = _mirror(fee)
    check_fresh(transfer)
    refuse_by_state(list(Account.objects.filter(code=transfer.credit).values_list("id", flat=True)))
    left = balance(transfer.credit) - fee.amount_minor
    credit = f"Some of it is paid: {fee.student} will have a credit of {money(-left, fee.currency)}." if left < 0 else ""
    summary = f"Cancel {fee.description}, {money(fee.amount_minor, fee.currency)}, that {fee.student} was charged as {reference}."
    return preview_of(transfer, summary, credit)


def cancel_fee(*, reference: str, actor: str, reason: str) -> Cancelled:
    """Reverse the fee charged under `reference`, once; again it is answered with `new=False`.

    The reference stays taken: what should have been charged is charged under another. Raises UnknownFee, AccountFrozen,
    AccountClosed, and ApprovalNeeded above the limit.
    """
    return _cancel(reference, actor, reason, None)


def cancel_fee_or_request(*, reference: str, actor: str, reason: str) -> Cancelled | Approval:
    """Cancel, or ask for it where that takes a second person: then the request is returned, and nothing is booked yet."""
    transfer = _mirror(_fee(reference))
    if not needs_approval(transfer):
        return _cancel(reference, actor, reason, None)
    payload = {"fee": reference, "transfer": as_asked(transfer)}
    return approvals.request(kind=KIND, payload=payload, actor=actor, reason=reason)


def preview_request(payload: Mapping[str, Any]) -> approvals.Preview:
    """What was asked for, as things are now."""
    return preview_cancel(reference=payload["fee"])


def execute_request(approval: Approval) -> dict[str, str]:
    """Cancel what was approved, in the transaction that approves it, in the name of who asked for it."""
    done = _cancel(approval.payload["fee"], approval.requester, approval.reason, approval)
    return {"transfer": public_id("transfer", done.transfer_id)}


@transaction.atomic
def _cancel(reference: str, actor: str, reason: str, approval: Approval | None) -> Cancelled:
    audit.check_said(actor, reason)
    fee = _fee(reference)
    posted = book(_mirror(fee), approval)
    if posted.new:
        after = {"fee": reference, "amount_minor": fee.amount_minor, "currency": fee.currency}
        after["transfer"] = public_id("transfer", posted.id)
        audit.record(actor=actor, act=KIND, target=fee.student.owner, reason=reason, after=after | agreed_by(approval))
    return Cancelled(reference, fee.amount_minor, fee.currency, posted.id, posted.new)


def _fee(reference: str) -> FeeCharge:
    fee = FeeCharge.objects.select_related("student").filter(reference=reference).first()
    if fee is None:
        raise UnknownFee(f"No fee was charged as {reference[:60]!r}.")
    return fee


def _mirror(fee: FeeCharge) -> NewTransfer:
    # The student reads it on their statement; why it was cancelled is the audit trail's.
    return mirror_of(fee.transfer_id, reason=f"Cancelled: {fee.description}")
