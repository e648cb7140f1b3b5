"""What all books hold at one instant: debits and credits, which are the same sum in every currency or the books are wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db import connection

from core.sql import query


class Book(NamedTuple):
    """One account, or (`shared`) all that belong to one kind of owner: `student`. A debt is a debit."""

    currency: str
    name: str
    shared: bool
    kind: str
    accounts: int
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The books of one currency."""

    currency: str
    books: Sequence[Book]

    @property
    def debit_minor(self) -> int:
        return sum(book.debit_minor for book in self.books)

    @property
    def credit_minor(self) -> int:
        return sum(book.credit_minor for book in self.books)


def trial_balances(as_of: datetime | None = None) -> list[TrialBalance]:
    """By currency, of what had taken effect by then. One statement; dated it scans every transfer: for reports."""
    with connection.cursor() as cursor:
        cursor.execute(query("ledger", "trial_balance"), {"instant": as_of, "dated": as_of is not None})
        books = [Book._make(row) for row in cursor.fetchall()]
    return [TrialBalance(currency, list(found)) for currency, found in groupby(books, key=lambda book: book.currency)]
