"""Claiming references: the lock between twins, and the memory of what is booked."""

from collections.abc import Collection, Mapping
from uuid import UUID

from core.sql import plain_array, run, text_array
from ledger.errors import BooksDisagree, ReferenceConflict
from ledger.services.accounts import AccountFacts
from ledger.services.new_transfer import NewTransfer


def claim(transfers: Collection[NewTransfer], accounts: Mapping[str, AccountFacts]) -> dict[str, UUID]:
    """Claim each reference, waiting for whoever is claiming it now. Returns reference → transfer id of those already booked.

    Raises ReferenceConflict when one is booked as another movement, in the sense of `NewTransfer.moves_as`.
    """
    references = text_array(transfer.reference for transfer in transfers)
    ids = plain_array(transfer.id.hex for transfer in transfers)
    booked = len(transfers) - run("ledger", "claim_references", [references, ids]).rowcount
    if not booked:
        return {}
    # Those claimed just now have no transfer yet, so the join leaves them out.
    stored = {row[0]: row[1:] for row in run("ledger", "posted_under", [references]).rows}
    if len(stored) != booked:
        raise BooksDisagree("A reference is taken by a transfer that is not there.")
    for transfer in transfers:
        there = stored.get(transfer.reference)
        if there is not None and there[1:] != _movement(transfer, accounts):
            raise ReferenceConflict(f"{transfer.reference!r} is already booked as another movement.")
    return {reference: there[0] for reference, there in stored.items()}


def _movement(transfer: NewTransfer, accounts: Mapping[str, AccountFacts]) -> tuple[object, ...]:
    return (
        accounts[transfer.debit].id,
        accounts[transfer.credit].id,
        transfer.amount_minor,
        transfer.currency,
        transfer.kind,
        transfer.reverses_id,
    )
