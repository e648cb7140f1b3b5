"""Taking transfers out of the holds they name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from core.sql import plain_array, run
from ledger.errors import HoldClosed, HoldExceeded, InvalidTransfer, UnknownHold
from ledger.models import Hold
from ledger.services.accounts import AccountFacts
from ledger.services.balance_rows import Movements
from ledger.services.new_transfer import NewTransfer


def draw(transfers: Sequence[NewTransfer], accounts: Mapping[str, AccountFacts], movements: Movements) -> list[NewTransfer]:
    """Move open to posted in each named hold, in one statement; the debited accounts' rows are locked. Returns what to book.

    A fact whose hold no longer has that much open (a payout that succeeded after its hold was voided) is booked without it.
    For what is no fact: UnknownHold, HoldClosed, HoldExceeded, or InvalidTransfer when the hold is on another account.
    """
    wanted: dict[tuple[UUID, int], int] = {}
    for transfer in transfers:
        if transfer.hold_id is not None:
            key = transfer.hold_id, accounts[transfer.debit].id
            wanted[key] = wanted.get(key, 0) + transfer.amount_minor
    if not wanted:
        return list(transfers)
    drawn = _draw(wanted)
    booked = []
    for transfer in transfers:
        account_id = accounts[transfer.debit].id
        if transfer.hold_id in drawn:
            movements[account_id].held -= transfer.amount_minor
        elif transfer.hold_id is not None and not transfer.fact:
            raise _refusal(transfer.hold_id, account_id)
        booked.append(transfer if transfer.hold_id in drawn else replace(transfer, hold_id=None))
    return booked


def _draw(wanted: Mapping[tuple[UUID, int], int]) -> set[UUID]:
    columns = [
        plain_array(hold_id for hold_id, _ in wanted),
        plain_array(account_id for _, account_id in wanted),
        plain_array(wanted.values()),
    ]
    return {hold_id for (hold_id,) in run("ledger", "draw_holds", columns).rows}


def _refusal(hold_id: UUID, account_id: int) -> Exception:
    hold = Hold.objects.filter(pk=hold_id).first()
    if hold is None:
        return UnknownHold(f"There is no hold {hold_id}.")
    if hold.account_id != account_id:
        return InvalidTransfer(f"The hold {hold.reference!r} is on another account.")
    if not hold.open_minor:
        return HoldClosed(f"Nothing of the hold {hold.reference!r} is open any more.")
    return HoldExceeded(f"Only {hold.open_minor} minor units are open in the hold {hold.reference!r}.")
