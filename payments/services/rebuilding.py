"""Rollups against the rows they were counted from: compared, mended, or built anew."""

import logging
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from core.ids import lowest_id_at
from core.sql import run
from payments.services.rolling_up import LEAST, Progress, begin, find_waiting, finish, lowest_step_of, recount

logger = logging.getLogger(__name__)
MENDED_DAYS = 3


class Difference(NamedTuple):
    """One figure that is not what its rows say. `hour` 24 is the whole day; `what` is the column."""

    day: date
    hour: int
    gateway: str
    currency: str
    method: str
    what: str
    kept: int
    counted: int

    def __str__(self) -> str:
        when = f"{self.day}" if self.hour == 24 else f"{self.day} {self.hour:02}:00"
        where = " ".join(word for word in (self.gateway, self.method, self.currency) if word)
        return f"{when} {where}: {self.what} is kept as {self.kept:,}, the rows say {self.counted:,}"


@transaction.atomic
def compare(first: date | None = None) -> list[Difference]:
    """Where the final rows of the days from `first` on differ from the steps they stand for; the first 50.

    Counting waits meanwhile. How long settling took is not compared.
    """
    return _differences(_turn(), first)


@transaction.atomic
def rebuild(first: date | None = None) -> None:
    """Count the days from `first` on anew, or everything. Readers see the figures as they were until it is done.

    Waits for whoever is counting. After a change of the time zone all days are counted anew, whatever is asked for.
    """
    progress = _turn()
    if progress.zone != settings.SCHOOL_TIME_ZONE:
        first = None
    mark = progress.next_mark if progress.may_advance and first is None else progress.mark
    recount(mark, first)
    find_waiting(lowest_step_of(first))
    finish(progress if first is None else progress._replace(may_advance=False), mark)


@transaction.atomic
def mend() -> list[Difference]:
    """Compare the last days, count them anew if they differ, and say where they did."""
    first = datetime.now(ZoneInfo(settings.SCHOOL_TIME_ZONE)).date() - timedelta(days=MENDED_DAYS)
    progress = _turn()
    find_waiting(lowest_id_at(datetime.now(ZoneInfo(settings.SCHOOL_TIME_ZONE)) - timedelta(days=MENDED_DAYS)))
    differences = _differences(progress, first)
    if differences:
        logger.error("rollups differed from their rows and are counted anew: %s", "; ".join(map(str, differences[:5])))
        rebuild(first)
    return differences


def _turn() -> Progress:
    progress = begin(wait=True)
    if progress is None:
        raise LookupError("the state of the rollups was removed while they were locked")
    return progress


def _differences(progress: Progress, first: date | None) -> list[Difference]:
    if progress.mark == LEAST:
        return []
    parameters = {
        "mark": progress.mark,
        "low": lowest_step_of(first),
        "first": first or date.min,
        "zone": progress.zone,
    }
    return [Difference._make(row) for row in run("payments", "rollups/compare", parameters).rows]
