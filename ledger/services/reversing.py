"""Correcting the past: a mirror of what should not have been booked."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from ledger.errors import InvalidTransfer, NotReversible, UnknownTransfer
from ledger.models import Transfer
from ledger.services.new_transfer import NewTransfer, Posted
from ledger.services.posting import post


def reverse(transfer_id: UUID, *, reason: str, effective_at: datetime | None = None, fact: bool = False) -> Posted:
    """Book the mirror of a transfer, once: a second call answers with the first one's id and `new=False`.

    `reason` becomes its memo. Must run inside a transaction. Raises what `mirror_of` and `post` raise.
    """
    [posted] = post([mirror_of(transfer_id, reason=reason, effective_at=effective_at, fact=fact)])
    return posted


def mirror_of(transfer_id: UUID, *, reason: str, effective_at: datetime | None = None, fact: bool = False) -> NewTransfer:
    """What would reverse it. Raises UnknownTransfer, NotReversible for a reversal, InvalidTransfer without a reason."""
    if not reason.strip():
        raise InvalidTransfer("A reversal needs a reason.")
    mirrored = Transfer.objects.select_related("debit_account", "credit_account").filter(pk=transfer_id).first()
    if mirrored is None:
        raise UnknownTransfer(f"There is no transfer {transfer_id}.")
    if mirrored.reverses_id is not None:
        raise NotReversible
    return NewTransfer(
        debit=mirrored.credit_account.code,
        credit=mirrored.debit_account.code,
        amount_minor=mirrored.amount_minor,
        currency=mirrored.currency,
        kind="reversal",
        reference=f"reversal:{mirrored.id}",
        effective_at=effective_at or timezone.now(),
        memo=reason,
        fact=fact,
        reverses_id=mirrored.id,
    )
