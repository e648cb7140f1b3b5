"""The newest movements of one account, however many it has."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from core.sql import query
from ledger.models import Account


class Line(NamedTuple):
    """One movement. `debit_minor` or `credit_minor` is zero; `balance_minor` is the balance after it, in the account's sign."""

    id: UUID
    effective_at: datetime
    kind: str
    reference: str
    memo: str
    other: str
    debit_minor: int
    credit_minor: int
    balance_minor: int


def newest_lines(account: Account, *, before: UUID | None, limit: int) -> list[Line]:
    """Up to `limit` movements that were booked before the transfer `before`, newest first. One statement."""
    # Not through `run`, which prepares: the planner must see which account it is.
    with connection.cursor() as cursor:
        cursor.execute(query("ledger", "account_lines"), {"account": account.id, "before": before, "limit": limit})
        rows = cursor.fetchall()
    return [Line._make((*facts, max(net, 0), max(-net, 0), account.sign * balance)) for *facts, net, balance in rows]
