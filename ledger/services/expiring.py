"""Giving back what was reserved for a time that has passed."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from core.sql import plain_array, run


class Released(NamedTuple):
    """What the due holds of one account gave back."""

    account_id: int
    amount_minor: int
    holds: int


def release_due(account_ids: Collection[int], *, now: datetime) -> list[Released]:
    """Expire the due holds of accounts whose balance rows the caller has locked, and whose `held_minor` the caller lowers."""
    return [Released._make(row) for row in run("ledger", "release_due_holds", [plain_array(account_ids), now]).rows]
