"""Giving back what was reserved for a time that has passed."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from core.sql import plain_array, query


def release_due(account_ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """Expire the due holds of accounts whose balance rows the caller has locked: account id → minor units given back.

    `balance.held_minor` is the caller's to lower, in its own update of the row.
    """
    with connection.cursor() as cursor:
        cursor.execute(query("ledger", "release_due_holds"), [plain_array(account_ids), now])
        return {account_id: released for account_id, released, _ in cursor.fetchall()}
