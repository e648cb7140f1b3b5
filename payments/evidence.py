"""Evidence: whatever we learn about a payment, as one normalized fact. Everything that settles goes through it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from core.errors import Invalid
from payments.models.payment_history import Source
from payments.statuses import Status

MAX_REFERENCE = 200


class AmountRule(StrEnum):
    """What may be done with an amount other than the one we asked for."""

    FIXED = "fixed"  # another amount is quarantined
    PAYER_DECIDES = "payer_decides"  # what came is booked; less stays open, more is credit


class Key(NamedTuple):
    """How the gateway names something: (kind, reference), unique for its gateway for ever."""

    kind: str
    reference: str


class Evidence(NamedTuple):
    """One fact about one payment.

    `keys` find the payment, the first that is known wins. `movement` books: present exactly when the fact says that money
    moved; it may be one of `keys` where the gateway has a single reference for both. `account` is the ledger account that
    the payer meant, or None where only the payment itself knows; a fact without account that finds no payment is quarantined.
    `amount_minor` 0 means that the fact does not say. `adopts` names a kind of intent key: a movement that comes without our
    reference (a C2B confirmation) may belong to a payment that was asked for under such a key and has no receipt yet. `lacks`
    names the kind of receipt that a movement comes without (a query's success): where money that looks like it was booked under
    such a receipt, as a payment of its own, nobody can tell whether it is the same, and it is a conflict for staff.
    `bill_reference` is the name of the account as a payer typed it: settlement looks up whom it means and fills in `account` and
    `order_id`.

    `claimed_minor` is what a webhook only claims was paid, where the gateway's answer to our own question counts: the fact has no
    movement and books nothing, one of `keys` is the movement that the answer will name, and the gateway is asked at once.

    `is_final` marks a failure that is the gateway's last word, no try that another may follow: after a success it is for staff to
    see, with or without a clock.
    """

    gateway: str
    kind: str
    keys: tuple[Key, ...]
    status: Status
    amount_minor: int
    currency: str
    account: str | None = None
    movement: Key | None = None
    amount_rule: AmountRule = AmountRule.PAYER_DECIDES
    adopts: str = ""
    lacks: str = ""
    method: str = ""
    occurred_at: datetime | None = None
    source: Source = Source.WEBHOOK
    inbound_event_id: str | None = None
    actor: str = ""
    reason: str = ""
    bill_reference: str = ""
    order_id: str | None = None
    claimed_minor: int = 0
    is_final: bool = False


class Unsettleable(Invalid):
    """The fact is authentic, but can't be settled as it stands."""

    code = "unsettleable"

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


def reference(text: object, field: str) -> str:
    """A gateway's reference as a key carries it. Raises Unsettleable for another type, an empty, long or unprintable one."""
    if not isinstance(text, str) or not text.strip():
        raise Unsettleable("bad_reference", f"{field} is not a text, or empty.")
    if len(text) > MAX_REFERENCE:
        raise Unsettleable("bad_reference", f"{field} is longer than {MAX_REFERENCE} characters.")
    if not text.isprintable():
        raise Unsettleable("bad_reference", f"{field} has characters that cannot be printed.")
    return text
