"""What a storm of notifications says, and what may have come of it afterwards, whatever order it arrived in."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sandbox.cellulant.notification import METHODS, Notification
from sandbox.mix import in_sending_order

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
STRANGERS = ("NOBODY1", "NOBODY2", "NOBODY3")


@dataclass(frozen=True, slots=True)
class Told:
    """One original notification: its bytes, and what kind of fact they are."""

    body: bytes
    reference: str
    student: str
    amount_minor: int
    moves_money: bool = False
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Reference:
    """A payment's name, everything told of it, and the states it may end in: none when no payment may exist at all."""

    name: str
    told: tuple[Told, ...]
    endings: frozenset[str]

    @property
    def bookable(self) -> set[tuple[str, int]]:
        """(student, cents): whichever came first is booked, once; the others are conflicts."""
        return {(told.student, told.amount_minor) for told in self.told if told.moves_money and told.readable}


@dataclass(frozen=True, slots=True)
class Plan:
    """References, and what is sent: every original, some of them again, in sending order."""

    references: list[Reference]
    sending: list[Told]


def draw(*, count: int, repeated: float, students: Sequence[str], seed: int) -> Plan:
    """`count` notifications, `repeated` (0 to 1) of them copies of others, shuffled. All of it follows from the seed."""
    random = Random(seed)
    originals = count - int(count * repeated)
    references: list[Reference] = []
    left = originals
    while left:
        story = random.choices(list(STORIES), weights=list(STORIES.values()))[0] if left > 1 else _paid
        number = len(references)
        payment = Notification(
            transaction_id=f"CHAOS-{seed}-{number:06}",
            student_id=random.choice(students),
            amount_minor=random.randrange(100_00, 9_000_00),
            at=NOON + timedelta(seconds=number),
            method=random.choice(METHODS),
            status=random.choice(("SUCCESS", "COMPLETED")),
        )
        references.append(story(payment, random, students))
        left -= len(references[-1].told)
    told = [told for reference in references for told in reference.told]
    return Plan(references, in_sending_order(told, count - originals, random, shuffle=True))


Story = Callable[[Notification, Random, Sequence[str]], Reference]


def _paid(payment: Notification, random: Random, students: Sequence[str]) -> Reference:
    return _reference("succeeded", _told(payment))


def _announced(payment: Notification, random: Random, students: Sequence[str]) -> Reference:
    return _reference("succeeded", _told(_earlier(payment, "PENDING")), _told(payment))


def _rescued(payment: Notification, random: Random, students: Sequence[str]) -> Reference:
    return _reference("succeeded", _told(_earlier(payment, random.choice(("FAILED", "CANCELLED")))), _told(payment))


def _taken_back(payment: Notification, random: Random, students: Sequence[str]) -> Reference:
    later = replace(payment, status="FAILED", at=payment.at + timedelta(seconds=30))
    return _reference("succeeded", _told(payment), _told(later))


def _abandoned(payment: Notification, random: Random, students: Sequence[str]) -> Reference:
    word, ending = random.choice((("FAILED", "failed"), ("CANCELLED", "cancelled")))
    return _reference(ending, _told(_earlier(payment, "PENDING")), _told(replace(payment, status=word)))


def _open(payment: Notification, random: Random, students: Sequence[str]) -> Reference:
    return _reference("pending", _told(replace(payment, status="PENDING")))


def _two_amounts(payment: Notification, random: Random, students: Sequence[str]) -> Reference:
    other = replace(payment, amount_minor=payment.amount_minor + random.randrange(1, 50_00))
    return _reference("succeeded", _told(payment), _told(other))


def _two_owners(payment: Notification, random: Random, students: Sequence[str]) -> Reference:
    other = random.choice([student for student in students if student != payment.student_id])
    return _reference("succeeded", _told(payment), _told(replace(payment, student_id=other)))


def _strangers(payment: Notification, random: Random, students: Sequence[str]) -> Reference:
    return _reference("succeeded", _told(replace(payment, student_id=random.choice(STRANGERS))))


def _unreadable(payment: Notification, random: Random, students: Sequence[str]) -> Reference:
    oddity: dict[str, Any] = random.choice(
        (
            {"status": "REVERSED"},
            {"paymentMethod": "COWRIES"},
            {"amountPaid": "50000"},
            {"amountPaid": -1},
            {"amountPaid": 10.005},
            {"currency": "USD"},
        )
    )
    body = json.dumps(payment.payload() | oddity).encode()
    told = Told(body, payment.transaction_id, payment.student_id, payment.amount_minor, moves_money=True, readable=False)
    return Reference(payment.transaction_id, (told,), frozenset())


STORIES: dict[Story, float] = {
    _paid: 55,
    _announced: 12,
    _rescued: 6,
    _taken_back: 6,
    _abandoned: 4,
    _open: 3,
    _two_amounts: 5,
    _two_owners: 3,
    _strangers: 3,
    _unreadable: 3,
}
"""How often each story is told."""


def _earlier(payment: Notification, status: str) -> Notification:
    return replace(payment, status=status, at=payment.at - timedelta(seconds=30))


def _told(notification: Notification) -> Told:
    return Told(
        notification.body(),
        notification.transaction_id,
        notification.student_id,
        notification.amount_minor,
        moves_money=notification.status in {"SUCCESS", "COMPLETED"},
    )


def _reference(ending: str, *told: Told) -> Reference:
    return Reference(told[0].reference, told, frozenset({ending}))
