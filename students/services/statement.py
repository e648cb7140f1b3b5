"""What a student owes, and how it came to that: read from the ledger, which alone knows."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from core.sql import run
from ledger.models import Account
from ledger.services.balances import balance
from students.models import Student


class Standing(NamedTuple):
    """Minor units of `currency`; one of the two is zero. Credit is what the student has paid beyond what was charged."""

    owed_minor: int
    credit_minor: int
    currency: str


class Line(NamedTuple):
    """A movement: a debit was charged, a credit was paid, `balance_minor` is owed after it (below zero: the student's credit)."""

    id: UUID
    effective_at: datetime
    kind: str
    reference: str
    memo: str
    debit_minor: int
    credit_minor: int
    balance_minor: int

    @property
    def pk(self) -> UUID:
        """What cursors are made of."""
        return self.id


def standing_of(student: Student) -> Standing:
    """What the student owes now, in the school's currency. One query."""
    owed = balance(student.account_code)
    return Standing(max(owed, 0), max(-owed, 0), settings.SCHOOL_CURRENCY)


def lines_of(student: Student, before: UUID | None = None, limit: int = 100) -> list[Line]:
    """The newest `limit` movements whose transfer ids come before `before`, newest first."""
    account = Account.objects.only("id").get(code=student.account_code)
    page = {"account": account.id, "before": before, "limit": limit}
    return [Line._make(row) for row in run("students", "statement", page).rows]
