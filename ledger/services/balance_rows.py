"""The running sums: locked in one order by everyone, moved by one statement."""

from collections.abc import Iterable, Mapping

from django.db import connection
from django.utils import timezone

from core.sql import plain_array, query
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
        if transfer.hold_id is not None:
            movements[debit_id].held -= amount


def lock(movements: Movements, accounts: Iterable[AccountFacts]) -> dict[int, int]:
    """Lock a balance row of each account: ordinary ones by id, then a free slot of each hot one. Due holds are given back.

    Returns account id → minor units available, of the guarded ones.
    """
    accounts = sorted(accounts, key=lambda account: account.id)
    with connection.cursor() as cursor:
        cursor.execute(query("ledger", "lock_balances"), [plain_array(account.id for account in accounts if account.slots == 1)])
        guarded = cursor.fetchall()
        hot = [account.id for account in accounts if account.slots > 1]
        if hot:
            cursor.execute(query("ledger", "lock_free_slots"), [plain_array(hot)])
            for account_id, slot in cursor.fetchall():
                movements[account_id].slot = slot
    available = {account_id: means for account_id, means, _ in guarded}
    holding = [account_id for account_id, _, held in guarded if held]
    if holding:
        for account_id, released in release_due(holding, now=timezone.now()).items():
            available[account_id] += released
            movements[account_id].held -= released
    return available


def move(movements: Movements) -> None:
    """Write the sums. A balance row that is missing stops the booking."""
    rows = sorted(movements.items())
    with connection.cursor() as cursor:
        cursor.execute(
            query("ledger", "move_balances"),
            [
                plain_array(account_id for account_id, _ in rows),
                plain_array(movement.slot for _, movement in rows),
                plain_array(movement.debits for _, movement in rows),
                plain_array(movement.credits for _, movement in rows),
                plain_array(movement.held for _, movement in rows),
            ],
        )
        if cursor.rowcount != len(rows):
            raise BooksDisagree("An account has no balance row.")
