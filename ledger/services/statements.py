"""An account's transfers, newest first, each with the balance it left behind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from core.sql import query
from ledger.errors import UnknownAccount
from ledger.models import Account


class Line(NamedTuple):
    """One transfer as the account sees it: both amounts have the account's natural sign."""

    transfer_id: UUID
    effective_at: datetime
    kind: str
    reference: str
    counterpart: str
    memo: str
    amount_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A page of lines. `next_cursor` asks for the page after it, and is None on the last."""

    code: str
    currency: str
    lines: list[Line]
    next_cursor: UUID | None


def statement(code: str, *, as_of: datetime | None = None, limit: int = 50, cursor: UUID | None = None) -> Statement:
    """The newest `limit` lines, or those after a page's `next_cursor`; only what had taken effect `as_of` then.

    Lines stand in the order of booking, which is the order of ids. Raises UnknownAccount.
    """
    account = Account.objects.filter(code=code).first()
    if account is None:
        raise UnknownAccount(f"There is no account {code}.")
    page: dict[str, Any] = {
        "account": account.id,
        "sign": account.sign,
        "before": cursor,
        "paged": cursor is not None,
        "instant": as_of,
        "dated": as_of is not None,
        "limit": limit + 1,
    }
    # Not through `run`, which prepares: the planner must see the account, and drop what is neither paged nor dated.
    with connection.cursor() as rows:
        rows.execute(query("ledger", "statement"), page)
        lines = [Line._make(row) for row in rows.fetchall()]
    more = len(lines) > limit
    lines = lines[:limit]
    return Statement(code, account.currency, lines, lines[-1].transfer_id if more else None)
