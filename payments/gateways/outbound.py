"""The outbound half of an adapter: what we may ask of a gateway, and how it answers. Asked by workers, never in a transaction."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from payments.errors import OutcomeUnknown
from payments.evidence import Evidence, Key, Unsettleable
from payments.models.payment_history import Source
from payments.statuses import RANK, Status

if TYPE_CHECKING:  # the HTTP client is loaded by those who call, not by the door and the drain
    from payments.gateways.wire import Wire

logger = logging.getLogger(__name__)
OURS = "reference"
"""The kind of the key that every payment we ask for has from birth: our reference, its public id."""
UNREADABLE = "answer_unreadable"
"""Why a question brought nothing that settles: the gateway knows of the payment, and says of it what we can't read."""


class Ability(StrEnum):
    """What a gateway can do beside collecting money. What it can't do is refused before anything is asked of it."""

    QUERY = "query"
    QUERY_BY_OUR_REFERENCE = "query_by_our_reference"  # also when the answer to `charge` was lost
    MANUAL_CAPTURE = "manual_capture"
    CANCEL = "cancel"
    SAVED_METHODS = "saved_methods"
    ACKNOWLEDGE = "acknowledge"  # it waits for our word that a payment is settled


@dataclass(frozen=True, slots=True)
class Asked:
    """A payment as the gateway must know it. Amounts are minor units; `details` is what the payer gave for the method.

    `number` is the integer of the attempt that charged, for gateways that count. `keys` are the gateway's own names for the
    payment as far as known. `bill_reference` is the short name (12 characters at most) that a payer may see or type.
    """

    payment_id: str
    our_reference: str
    number: int
    method: str
    amount_minor: int
    currency: str
    bill_reference: str
    description: str
    details: Mapping[str, str]
    requested_at: datetime
    expires_at: datetime
    capture: str = "automatic"
    keys: tuple[Key, ...] = ()

    def key(self, kind: str) -> str:
        """The gateway's name of this kind, "" while it has told none."""
        return next((key.reference for key in self.keys if key.kind == kind), "")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call brought: facts to settle, and what the payer has to do now (a link, a prompt, an account to pay into)."""

    evidence: tuple[Evidence, ...]
    payer_action: Mapping[str, Any] = field(default_factory=dict)


def without_money(asked: Asked, gateway: str, kind: str, status: Status, *keys: Key, **other: Any) -> Evidence:
    """A fact about what was asked for that books nothing: it began, it waits, it was refused. `other` as Evidence names it."""
    ours = Key(OURS, asked.our_reference)
    return Evidence(gateway, kind, (ours, *keys), status, 0, asked.currency, source=Source.POLL, **other)


def unreadable(asked: Asked, gateway: str, refused: Unsettleable) -> Evidence:
    """The fact that an answer can't be read. When it stays the last, staff hear of it."""
    logger.warning("%s's answer about %s says nothing that settles: %s", gateway, asked.our_reference, refused.detail)
    return without_money(asked, gateway, "unreadable_answer", Status.PENDING, reason=UNREADABLE)


def answered(asked: Asked, gateway: str, read: Callable[[], Sequence[Evidence]]) -> tuple[Evidence, ...]:
    """The facts of an answer that `read` reads, or that it can't be read.

    Raises OutcomeUnknown when they are about another payment.
    """
    try:
        facts = read()
    except Unsettleable as refused:
        return (unreadable(asked, gateway, refused),)
    if any({Key(OURS, asked.our_reference), *asked.keys}.isdisjoint(fact.keys) for fact in facts):
        raise OutcomeUnknown("The answer is about another payment.")
    return tuple(fact._replace(source=Source.POLL) for fact in facts)


def without_failed_tries(facts: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """What one answer says of several tries to pay: what failed beside one that took the money was a try before it, and says
    nothing of the payment.
    """
    took = any(fact.movement is not None for fact in facts)
    return tuple(fact for fact in facts if not took or RANK[fact.status] != RANK[Status.FAILED])


class OutboundGateway(Protocol):
    """Each method makes its calls through `wire`, outside any transaction, and may raise:

    `NotSent` (certainly not done: may be sent again), `OutcomeUnknown` (may have been done: ask, never repeat), `Misconfigured`.
    A definite refusal is no exception but evidence of status FAILED whose `reason` is a stable word. Evidence names the payment
    by the key `(OURS, asked.our_reference)` or by one of `asked.keys`, and brings every new key the gateway has told.
    """

    name: str
    abilities: frozenset[Ability]

    def wire(self) -> "Wire":
        """A fresh way to this gateway, by the settings."""

    def charge(self, asked: Asked, wire: "Wire") -> Reply:
        """Ask for the money, or for the payer's consent to it. Called once for an attempt."""

    def query(self, asked: Asked, wire: "Wire") -> Reply:
        """Ask how it stands: evidence of `Source.POLL`. Safe to repeat. Says nothing (no evidence) when nothing is known yet."""

    def capture(self, asked: Asked, amount_minor: int, wire: "Wire") -> Reply:
        """Take what was authorized. Called only with Ability.MANUAL_CAPTURE."""

    def cancel(self, asked: Asked, wire: "Wire") -> Reply:
        """Give up what has not been taken. Called only with Ability.CANCEL."""

    def check(self, wire: "Wire") -> str:
        """Are our credentials accepted? A sentence for people. Moves no money."""
