"""A statement to hand to a student: what stood before, what moved, what stands after; of one term, or between two days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from core.sql import run
from ledger.models import Account
from students.models import Student

GIVEN_UP = ("write_off", "reversal")
"""Kinds of credits that are no money received: the school wrote a debt off, or cancelled a fee."""


class Movement(NamedTuple):
    """A debit was charged, a credit was paid or given up. `term` is the charged fee's own, "" for everything else."""

    id: UUID
    effective_at: datetime
    kind: str
    memo: str
    term: str
    debit_minor: int
    credit_minor: int

    @property
    def is_given_up(self) -> bool:
        return self.kind in GIVEN_UP

    @property
    def net_minor(self) -> int:
        return self.debit_minor - self.credit_minor


@dataclass(frozen=True, slots=True)
class Statement:
    """Balances are what is owed, below zero the student's credit. `opening_minor` and the movements make `closing_minor`."""

    opening_minor: int
    movements: Sequence[Movement]

    @property
    def charged_minor(self) -> int:
        return sum(movement.debit_minor for movement in self.movements)

    @property
    def paid_minor(self) -> int:
        return sum(movement.credit_minor for movement in self.movements if not movement.is_given_up)

    @property
    def given_up_minor(self) -> int:
        """What was written off or cancelled."""
        return sum(movement.credit_minor for movement in self.movements if movement.is_given_up)

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + self.charged_minor - self.paid_minor - self.given_up_minor

    @property
    def lines(self) -> list[tuple[Movement, int]]:
        """Each movement with the balance after it."""
        balance, lines = self.opening_minor, []
        for movement in self.movements:
            balance += movement.net_minor
            lines.append((movement, balance))
        return lines


def movements_of(student: Student) -> list[Movement]:
    """All there ever were, oldest first. One statement, and one for the account."""
    account = Account.objects.only("id").get(code=student.account_code)
    return [Movement._make(row) for row in run("students", "movements", {"account": account.id, "student": student.id}).rows]


def by_term(movements: Sequence[Movement]) -> dict[str, Statement]:
    """Term → its statement, oldest first, each opening with what the one before it closed with.

    A fee belongs to its own term; all else belongs to the term whose first fee was charged last. What came before any has the
    name "".
    """
    terms: dict[str, list[Movement]] = {}
    present = ""
    for movement in movements:
        if movement.term and movement.term not in terms:
            present = movement.term
        terms.setdefault(movement.term or present, []).append(movement)
    statements, opening = {}, 0
    for term, moved in terms.items():
        statements[term] = Statement(opening, moved)
        opening = statements[term].closing_minor
    return statements


def between(movements: Sequence[Movement], first: datetime | None, end: datetime | None) -> Statement:
    """What took effect from `first` on and before `end`; None is the beginning, or now."""
    opening = sum(movement.net_minor for movement in movements if first is not None and movement.effective_at < first)
    inside = [
        movement
        for movement in movements
        if (first is None or movement.effective_at >= first) and (end is None or movement.effective_at < end)
    ]
    return Statement(opening, inside)
