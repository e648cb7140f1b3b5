"""Today, this week and this month as the school has them, and what each is compared with."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to today, and those of the whole span before it.

    `partner` is the day that stands where today stands, in the span before; None where that span was shorter. Lists know both
    spans by name.
    """

    name: str
    before: str
    first: date
    today: date
    before_first: date
    before_last: date
    partner: date | None


def now_in_school(now: datetime | None = None) -> datetime:
    """The wall clock of the school."""
    zone = ZoneInfo(settings.SCHOOL_TIME_ZONE)
    return datetime.now(zone) if now is None else now.astimezone(zone)


def today_week_month(today: date) -> tuple[Span, Span, Span]:
    """Weeks begin on Monday."""
    yesterday, monday, first = today - timedelta(days=1), today - timedelta(days=today.weekday()), today.replace(day=1)
    last_month = first - timedelta(days=1)
    same_day = today.replace(year=last_month.year, month=last_month.month) if today.day <= last_month.day else None
    week = timedelta(days=7)
    return (
        Span("today", "yesterday", today, today, yesterday, yesterday, yesterday),
        Span("week", "last_week", monday, today, monday - week, monday - timedelta(days=1), today - week),
        Span("month", "last_month", first, today, last_month.replace(day=1), last_month, same_day),
    )
