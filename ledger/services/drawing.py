"""Taking transfers out of the holds they name."""

from collections.abc import Iterable, Mapping

from django.db import connection

from core.sql import plain_array, query
from ledger.errors import HoldClosed, HoldExceeded, InvalidTransfer, UnknownHold
from ledger.models import Hold
from ledger.services.accounts import AccountFacts
from ledger.services.new_transfer import NewTransfer


def draw(transfers: Iterable[NewTransfer], accounts: Mapping[str, AccountFacts]) -> None:
    """Move open to posted in each named hold; the debited accounts' balance rows are locked. At most one statement.

    Raises UnknownHold, HoldClosed, HoldExceeded, or InvalidTransfer when the hold is on another account than is debited.
    """
    drawn: dict[tuple[str, int], int] = {}
    for transfer in transfers:
        if transfer.hold_id is not None:
            key = str(transfer.hold_id), accounts[transfer.debit].id
            drawn[key] = drawn.get(key, 0) + transfer.amount_minor
    if not drawn:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            query("ledger", "draw_holds"),
            [plain_array(hold for hold, _ in drawn), plain_array(account for _, account in drawn), plain_array(drawn.values())],
        )
        done = {str(row[0]) for row in cursor.fetchall()}
    for (hold_id, account_id), amount_minor in drawn.items():
        if hold_id not in done:
            raise _refusal(hold_id, account_id, amount_minor)


def _refusal(hold_id: str, account_id: int, amount_minor: int) -> Exception:
    hold = Hold.objects.filter(pk=hold_id).first()
    if hold is None:
        return UnknownHold(f"There is no hold {hold_id}.")
    if hold.account_id != account_id:
        return InvalidTransfer(f"The hold {hold.reference!r} is on another account.")
    if not hold.open_minor:
        return HoldClosed(f"Nothing of the hold {hold.reference!r} is open any more.")
    return HoldExceeded(f"Only {hold.open_minor} of the {amount_minor} minor units are open in the hold {hold.reference!r}.")
