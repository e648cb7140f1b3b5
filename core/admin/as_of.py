"""The day as of which a page tells of the books: everything that had taken effect when it ended at the school."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.blocks import Note
from core.admin.filters import Typed, day_in, midnight_of
from core.ids import lowest_id_at

PARAMETER = "as_of"
_EARLIEST, _LATEST = date(2000, 1, 1), date(9998, 12, 31)


class AsOf(NamedTuple):
    """`instant` is the day's last moment, None for now; `said` tells that what was asked for is no day."""

    day: date | None = None
    instant: datetime | None = None
    said: str = ""

    @property
    def value(self) -> str:
        return self.day.isoformat() if self.day else ""


def as_of(request: HttpRequest) -> AsOf:
    """`?as_of=2026-11-21`; nothing, or nonsense, is now."""
    return _asked(request.GET.get(PARAMETER, "").strip())


class RecordedUpTo(Typed):
    """What stood in the books when a day ended at the school, whenever it took effect: rows are keyed by when they were made, so
    this is a bound of the primary key, where the instant of effect has no index.
    """

    title = "recorded up to"
    parameter_name = "recorded"
    template = "back_office/filter_day.html"
    scans = False

    @property
    def asked(self) -> AsOf:
        return _asked(str(self.used_parameters.get(str(self.parameter_name), "")).strip())

    def value(self) -> str | None:
        return self.asked.value or None

    @property
    def chosen(self) -> str:
        return self.asked.value

    @property
    def note(self) -> Note | None:
        if not self.asked.day:
            return Note(self.asked.said, "warn") if self.asked.said else None
        return Note(
            f"As it was recorded by the end of {self.asked.value}. What had happened by then and was recorded later is not here;"
            " an account and the trial balance as of a day go by when it happened."
        )

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        return rows.filter(pk__lt=lowest_id_at(_end_of(date.fromisoformat(value))))


def _asked(text: str) -> AsOf:
    day = day_in(text)
    if not text:
        return AsOf()
    if day is None or not _EARLIEST <= day <= _LATEST:
        return AsOf(said=f"“{text[:20]}” is no day; this is how it stands now.")
    return AsOf(day, _end_of(day) - timedelta(microseconds=1))


def _end_of(day: date) -> datetime:
    return midnight_of(day + timedelta(days=1))
