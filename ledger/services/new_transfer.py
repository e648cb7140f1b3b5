"""What a caller asks to be booked, checked as it is written down."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from core.errors import AmountOutOfRange
from core.ids import new_id
from core.money import MAX_MINOR
from ledger.errors import InvalidTransfer

LONGEST_REFERENCE = 250
_KIND = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """A transfer to book: `amount_minor` minor units of `currency`, into `debit`'s code and out of `credit`'s.

    `reference` names the movement for ever; 1-250 printable characters. `effective_at` is when it happened. A `fact` is what a
    gateway reports: booked whatever an account's state is and however little it has. Raises InvalidTransfer or AmountOutOfRange.
    """

    debit: str
    credit: str
    amount_minor: int
    currency: str
    kind: str
    reference: str
    effective_at: datetime
    memo: str = ""
    fact: bool = False
    reverses_id: UUID | None = None
    hold_id: UUID | None = None
    id: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        check_amount(self.amount_minor)
        check_reference(self.reference)
        if self.debit == self.credit:
            raise InvalidTransfer("A transfer needs two different accounts.")
        if self.effective_at.tzinfo is None:
            raise InvalidTransfer("effective_at must say its time zone.")
        if not _KIND.fullmatch(self.kind):
            raise InvalidTransfer("A kind is a lower-case word.")
        if not self.memo.isprintable():
            raise InvalidTransfer("A memo is one line of printable characters.")

    def moves_as(self, other: "NewTransfer") -> bool:
        """Is it the same movement of money? When it happened and the memo may be worded differently by two reports of it."""
        return (
            self.debit == other.debit
            and self.credit == other.credit
            and self.amount_minor == other.amount_minor
            and self.currency == other.currency
            and self.kind == other.kind
            and self.reverses_id == other.reverses_id
        )


class Posted(NamedTuple):
    """What became of one NewTransfer: its id in the books, and whether this call booked it (else an earlier one had).

    `shortfall_minor` is the part of a new fact that its account could not carry and its owner now owes.
    """

    id: UUID
    new: bool
    shortfall_minor: int = 0


def check_amount(amount_minor: int) -> None:
    """Raises InvalidTransfer for what is no whole number, AmountOutOfRange below 1 and above MAX_MINOR."""
    if type(amount_minor) is not int:
        raise InvalidTransfer("An amount is a whole number of minor units.")
    if not 0 < amount_minor <= MAX_MINOR:
        raise AmountOutOfRange("An amount is at least one minor unit, and no more than the books carry.")


def check_reference(reference: str) -> None:
    """Raises InvalidTransfer unless it is 1 to 250 printable characters."""
    if not 0 < len(reference) <= LONGEST_REFERENCE or not reference.isprintable():
        raise InvalidTransfer(f"A reference is 1 to {LONGEST_REFERENCE} printable characters.")
