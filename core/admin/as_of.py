"""The day as of which a page tells of the books: everything that had taken effect when it ended at the school."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.http import HttpRequest

from core.admin.filters import day_in, midnight_of

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
    text = request.GET.get(PARAMETER, "").strip()
    day = day_in(text)
    if not text:
        return AsOf()
    if day is None or not _EARLIEST <= day <= _LATEST:
        return AsOf(said=f"“{text[:20]}” is no day; this is how it stands now.")
    return AsOf(day, midnight_of(day + timedelta(days=1)) - timedelta(microseconds=1))
