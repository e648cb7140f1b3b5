"""Counting what becomes of payments, once each, behind settlement's back.

Settlement writes nothing for this: every step of a payment is a row of `payment_history`, and that is what is counted. Its ids
follow the time at which they are made, but not that of their commit, so "up to the newest id" would forget a step whose
transaction was slower than another's. Hence two parts:

- **final rows** hold the steps with ids below a *mark*, each added once: they are added in the transaction that moves the
  mark over them, under the lock of the one state row, and nothing below the mark is looked at again.
- **the newest steps**, from the mark on, are counted anew by every pass, in place of what the pass before said of them. A step
  counts as soon as its commit is seen, in whichever order steps commit.

What must not happen is a step that appears below the mark after the mark has passed. So a pass only notes where the mark may go:
MARGIN_SECONDS before its own beginning, and the first xid that was not given out yet. A later pass moves it there when every
transaction with an older xid has ended (`pg_snapshot_xmin`), a slow one and those of its savepoints included. Whoever has a
younger xid got it after that beginning, and makes its ids after its xid: `writing.write` inserts keys or locks payments before it
names a step. So those ids lie above, unless a worker's clock is more than MARGIN_SECONDS behind the database's. Against that,
and whatever else nobody thought of, `rebuilding.mend` compares the last days with their rows a few times a day.

Nothing physical of a row is used (no xmin, no ctid), so rewriting a table or restoring a dump does no harm.
"""

import time
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from core.ids import lowest_id_at
from core.sql import Result, run, text_array
from ledger.services.planning import force_index_lookups
from payments.models import UnnamedPayment, WaitingPayment

MARGIN_SECONDS = 30
"""How far clocks of workers and of the database may be apart."""
REST = 200
"""A pass may follow after so many times what the last one took: counting takes half a percent of what settling could."""
LONGEST_REST_SECONDS = 60
"""Unless that were longer than this."""
LEAST, MOST = UUID(int=0), UUID(int=2**128 - 1)


class Progress(NamedTuple):
    """What `begin_pass` knows. `may_advance`: everything below `next_mark` has been committed, or never will be."""

    mark: UUID
    next_mark: UUID
    zone: str
    may_advance: bool
    rested: bool
    later_mark: UUID
    later_xid: int


def roll_up(*, hurry: bool = False) -> bool:
    """Count what is new. False when another is counting, or when it is too soon after the last pass and there is no `hurry`.

    Safe to run twice, and at once. The first pass of a database, and the first in another time zone, count everything.
    """
    began = time.monotonic()
    with transaction.atomic():
        progress = begin()
        if progress is None or not (progress.rested or hurry):
            return False
        mark = progress.next_mark if progress.may_advance else progress.mark
        if progress.zone != settings.SCHOOL_TIME_ZONE or progress.mark == LEAST:
            recount(mark)
        elif mark > progress.mark:
            _count(progress.mark, mark, final=True)
        find_waiting(progress.mark)
        finish(progress, mark, began)
    return True


def begin(*, wait: bool = False) -> Progress | None:
    """Take the lock that all counting goes by; None when someone has it, unless told to wait."""
    _run("make_state", zone=settings.SCHOOL_TIME_ZONE)
    if not _run("wait_turn" if wait else "take_turn").rows:
        return None
    # Compiling costs more than any of these statements takes.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
    (row,) = _run("begin_pass", rest=REST, longest=LONGEST_REST_SECONDS, margin=MARGIN_SECONDS).rows
    return Progress(*row)


def finish(progress: Progress, mark: UUID, began: float | None = None) -> None:
    """Count the newest steps, and say how far this went; for a pass also how long it took since it `began`."""
    _run("forget_newest")
    _count(mark, MOST, final=False)
    advanced = progress.may_advance
    _run(
        "end_pass",
        mark=mark,
        next_mark=progress.later_mark if advanced else progress.next_mark,
        next_xid=progress.later_xid if advanced else None,
        zone=settings.SCHOOL_TIME_ZONE,
        seconds=None if began is None else time.monotonic() - began,
    )


def recount(mark: UUID, first: date | None = None) -> None:
    """Replace the final rows, or those of the days from `first` on, by what the steps below `mark` say. `begin` first."""
    if first is None:
        UnnamedPayment.objects.all().delete()
    since = first or date.min
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM latency_rollup WHERE day >= %s", [since])
        cursor.execute("DELETE FROM payment_rollup WHERE day >= %s", [since])
    _run("recount", mark=mark, first=since, low=lowest_step_of(first), zone=settings.SCHOOL_TIME_ZONE)


def find_waiting(low: UUID) -> None:
    """Note the payments with ids from `low` on of which no end is known, and forget those that have ended since."""
    _look_up_one_by_one(low)
    statuses = text_array(WaitingPayment.STATUSES)
    _run("find_waiting", low=low, statuses=statuses)
    _run("review_waiting", statuses=statuses)


def lowest_step_of(first: date | None) -> UUID:
    """No step that was recorded on this day of the school, or later, has a lower id. With a day to spare."""
    if first is None:
        return LEAST
    return lowest_id_at(datetime.combine(first, clock(), ZoneInfo(settings.SCHOOL_TIME_ZONE)) - timedelta(days=1))


def _count(low: UUID, high: UUID, *, final: bool) -> None:
    _look_up_one_by_one(low)
    _run("count_steps", low=low, high=high, final=final, zone=settings.SCHOOL_TIME_ZONE)


def _look_up_one_by_one(low: UUID) -> None:
    """Unless all are wanted: the planner does not know that each payment is in one month only, and would read them all."""
    if low != LEAST:
        force_index_lookups()


def _run(name: str, **parameters: Any) -> Result:
    return run("payments", f"rollups/{name}", parameters)
