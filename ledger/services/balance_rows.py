"""The running sums: locked in one order by everyone, moved by one statement."""

from collections.abc import Collection, Iterable, Mapping

from django.utils import timezone

from core.sql import plain_array, run
from ledger.errors import BooksDisagree
from ledger.services.accounts import AccountFacts
from ledger.services.expiring import release_due
from ledger.services.new_transfer import NewTransfer


class Movement:
    """What one transaction does to one account's balance, in minor units."""

    __slots__ = ("credits", "debits", "held", "slot")

    def __init__(self) -> None:
        self.slot = self.debits = self.credits = self.held = 0

    @property
    def gain(self) -> int:
        """By how much it raises what is available in a guarded account."""
        return self.credits - self.debits - self.held


Movements = dict[int, Movement]


def add(movements: Movements, transfers: Iterable[NewTransfer], accounts: Mapping[str, AccountFacts]) -> None:
    """Sum transfers up by account id."""
    for transfer in transfers:
        debit_id, credit_id, amount = accounts[transfer.debit].id, accounts[transfer.credit].id, transfer.amount_minor
        if debit_id not in movements:
            movements[debit_id] = Movement()
        if credit_id not in movements:
            movements[credit_id] = Movement()
        movements[debit_id].debits += amount
        movements[credit_id].credits += amount


def lock_slots(movements: Movements, accounts: Iterable[AccountFacts]) -> None:
    """Lock a free slot of each hot account, by id, and note it in the account's movement."""
    hot = sorted(account.id for account in accounts if account.slots > 1)
    if hot:
        for account_id, slot in run("ledger", "lock_free_slots", [plain_array(hot)]).rows:
            movements[account_id].slot = slot


def lock_rows(movements: Movements, accounts: Collection[AccountFacts]) -> dict[int, int]:
    """Lock the row of each ordinary account, by id. What due holds give back goes into the account's movement.

    Returns account id → minor units available, of the guarded ones, before their movements. Raises BooksDisagree for one without.
    """
    ordinary = sorted(account.id for account in accounts if account.slots == 1)
    guarded = run("ledger", "lock_balances", [plain_array(ordinary)]).rows
    if len(guarded) != sum(account.guarded for account in accounts):
        raise BooksDisagree("A guarded account has no balance row.")
    holding = [account_id for account_id, _, held in guarded if held]
    for due in release_due(holding, now=timezone.now()) if holding else ():
        movements[due.account_id].held -= due.amount_minor
    return {account_id: available for account_id, available, _ in guarded}


def move(movements: Movements) -> None:
    """Write the sums, by account id: rows that are not locked yet are locked in that order.

    Raises BooksDisagree for a missing row.
    """
    rows = sorted(movements.items())
    columns = [
        plain_array(account_id for account_id, _ in rows),
        plain_array(movement.slot for _, movement in rows),
        plain_array(movement.debits for _, movement in rows),
        plain_array(movement.credits for _, movement in rows),
        plain_array(movement.held for _, movement in rows),
    ]
    if run("ledger", "move_balances", columns).rowcount != len(rows):
        raise BooksDisagree("An account has no balance row.")
