"""True numbers of the queues, from the rows themselves."""

import time
from typing import NamedTuple

from django.db import connection

from core.sql import query


class QueueNumbers(NamedTuple):
    """`waiting` counts what nobody has in hand, `active` what a drain is deciding now; the others count from the beginning."""

    waiting: int
    active: int
    completed: int
    failed: int
    oldest_seconds: float


def inbound_queue() -> QueueNumbers:
    """The inbox. One statement, one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(query("config", "inbound_queue"))
        waiting, active, completed, failed, oldest = cursor.fetchone()
    # A drain commits between the two reads that make up the statement at times; what is in hand can't exceed what is there.
    active = min(active, waiting)
    return QueueNumbers(waiting - active, active, completed, failed, max(0.0, round(time.time() - oldest, 3)) if oldest else 0.0)
