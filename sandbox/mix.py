"""What a simulated run is made of, whichever gateway sends it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


class ImpossibleMix(ValueError):
    """The shares leave nothing to pay, or ask for more than there are payments."""


@dataclass(frozen=True, slots=True)
class Mix:
    """`count` notifications in all; the shares (0 to 1) are parts of that count, the rest are payments' first successes.

    `amount_minor` None draws each amount.
    """

    count: int
    students: Sequence[str]
    amount_minor: int | None = None
    duplicates: float = 0.0
    pending_first: float = 0.0
    other_amounts: float = 0.0
    shuffle: bool = False

    def __post_init__(self) -> None:
        if self.count < 1 or not self.students:
            raise ImpossibleMix("A run needs a notification and a student.")
        if not all(0 <= share <= 1 for share in (self.duplicates, self.pending_first, self.other_amounts)):
            raise ImpossibleMix("A share is between 0 and 100 %.")
        if self.payments < max(1, self.pending, self.contradictions):
            raise ImpossibleMix("The shares leave too few payments for what is to be said of them.")

    @property
    def repeats(self) -> int:
        return math.floor(self.count * self.duplicates)

    @property
    def pending(self) -> int:
        return math.floor(self.count * self.pending_first)

    @property
    def contradictions(self) -> int:
        return math.floor(self.count * self.other_amounts)

    @property
    def payments(self) -> int:
        """How many references there are."""
        return self.count - self.repeats - self.pending - self.contradictions


def run_prefix(seed: int) -> str:
    """How every reference of a run begins. The same seed names the same references: sent again, they are duplicates."""
    return f"SIM-{seed}-"


def in_sending_order(originals: list[Item], repeats: int, random: Random, *, shuffle: bool) -> list[Item]:
    """The originals with `repeats` of them sent again at some later place; or everything in any order."""
    slots = [(float(place), item) for place, item in enumerate(originals)]
    for _ in range(repeats):
        place = random.randrange(len(originals))
        slots.append((random.uniform(place, len(originals)), originals[place]))
    if shuffle:
        random.shuffle(slots)
    else:
        slots.sort(key=lambda slot: slot[0])
    return [item for _, item in slots]
