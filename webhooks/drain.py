"""The drain: one task that stays awake while there is work, instead of a task for each event.

It holds a lease so that a second one does not idle beside it, polls every few milliseconds while events come, slows down
when none do, and ends within a quarter of the broker's visibility timeout, or the broker would hand it to a second worker.
"""

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from django.conf import settings
from django.db import connection

from core.defer import nudge
from core.models import InboundPending
from core.sql import query
from webhooks.deciding import LEASE_SECONDS, QUEUE
from webhooks.lanes import Lanes

TASK = "webhooks.drain"
_ending = threading.Event()
QUICK_POLL_SECONDS = 0.002
SLOW_POLL_SECONDS = 0.02
QUICK_FOR_SECONDS = 2
AWAKE_FOR_SECONDS = 10
"""How long it stays when nothing comes; after that the intake's nudge wakes another."""


def drain() -> int:
    """Decide what waits until nothing has come for a while, or time is up. Returns how many events were decided.

    Safe to run twice at once: the second finds the lease taken and leaves.
    """
    holder = uuid4().hex
    if not _take_lease(holder):
        return 0
    decided, quiet = 0, False
    try:
        with rare_collections(), Lanes(holder) as lanes:
            decided, quiet = _stay_awake(lanes, holder)
        decided += lanes.decided_beside()
    finally:
        _release_lease(holder)
    # An event that was committed while the lease was held had its nudge turned away: so look once more after letting go. And
    # intakes nudge seldom while events come, so whoever goes in the midst of them calls the next one.
    if (decided and not quiet) or InboundPending.objects.exists():
        nudge(TASK)
    return decided


def end_soon() -> None:
    """Let a drain of this process finish its batch and go: the process is stopping, and should not wait for a quiet moment."""
    _ending.set()


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect garbage a hundred times less often: a batch makes thousands of objects and not one cycle.

    At the usual threshold an eighth of a batch's time went into walking all of Django's objects in search of one.
    """
    before = gc.get_threshold()
    gc.set_threshold(100_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _stay_awake(lanes: Lanes, holder: str) -> tuple[int, bool]:
    """How many were decided, and whether nothing has come for AWAKE_FOR_SECONDS."""
    decided = 0
    started = last_work = leased = time.monotonic()
    until = started + settings.BROKER_VISIBILITY_TIMEOUT / 4
    while not _ending.is_set() and (now := time.monotonic()) < until and now - last_work < AWAKE_FOR_SECONDS:
        found = lanes.decide_next()
        if found:
            decided += found
            last_work = leased = time.monotonic()
        else:
            if now - leased > LEASE_SECONDS / 4:
                if not _take_lease(holder):
                    break  # stalled for longer than the lease: someone else is at it
                leased = now
            time.sleep(QUICK_POLL_SECONDS if now - last_work < QUICK_FOR_SECONDS else SLOW_POLL_SECONDS)
    return decided, time.monotonic() - last_work >= AWAKE_FOR_SECONDS


def _take_lease(holder: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query("webhooks", "take_lease"), {"queue": QUEUE, "holder": holder, "lease": LEASE_SECONDS})
        return bool(cursor.rowcount)


def _release_lease(holder: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE queue_state SET leased_until = NULL WHERE name = %s AND holder = %s", [QUEUE, holder])
