"""True numbers of the queues, from the rows themselves."""

from datetime import UTC, datetime
from typing import NamedTuple

from core.ids import instant_of
from core.sql import run


class QueueNumbers(NamedTuple):
    """`waiting` counts what nobody has in hand, `active` what a drain is deciding now; the others count from the beginning."""

    waiting: int
    active: int
    completed: int
    failed: int
    oldest_seconds: float


def inbound_queue() -> QueueNumbers:
    """The inbox. One statement, one snapshot."""
    ((waiting, in_hand, completed, failed, oldest),) = run("config", "inbound_queue", []).rows
    # A drain may commit between the two reads that the statement is made of; what is in hand is never more than what is there.
    active = min(in_hand, waiting)
    age = (datetime.now(UTC) - instant_of(oldest)).total_seconds() if oldest else 0.0
    return QueueNumbers(waiting - active, active, completed, failed, round(max(age, 0.0), 3))
