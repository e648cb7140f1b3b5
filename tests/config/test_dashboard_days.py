"""Which days a span has, and what it is compared with."""

from datetime import UTC, date, datetime

import pytest

from config.dashboard.days import now_in_school, today_week_month

SPANS = [
    # A Wednesday in the middle of things.
    ("2026-11-18", ["2026-11-17"] * 3, ["2026-11-09", "2026-11-15", "2026-11-11"], ["2026-10-01", "2026-10-31", "2026-10-18"]),
    # A Monday, and the first of a month.
    ("2026-06-01", ["2026-05-31"] * 3, ["2026-05-25", "2026-05-31", "2026-05-25"], ["2026-05-01", "2026-05-31", "2026-05-01"]),
    # The new year.
    ("2026-01-01", ["2025-12-31"] * 3, ["2025-12-22", "2025-12-28", "2025-12-25"], ["2025-12-01", "2025-12-31", "2025-12-01"]),
    # There was no 31st of February; the 29th there was once.
    ("2026-03-31", ["2026-03-30"] * 3, ["2026-03-23", "2026-03-29", "2026-03-24"], ["2026-02-01", "2026-02-28", ""]),
    ("2028-02-29", ["2028-02-28"] * 3, ["2028-02-21", "2028-02-27", "2028-02-22"], ["2028-01-01", "2028-01-31", "2028-01-29"]),
]  # fmt: skip


@pytest.mark.parametrize(("today", "yesterday", "last_week", "last_month"), SPANS)
def test_what_a_span_is_compared_with(today: str, yesterday: list[str], last_week: list[str], last_month: list[str]):
    spans = today_week_month(date.fromisoformat(today))
    found = [[str(day or "") for day in (span.before_first, span.before_last, span.partner)] for span in spans]
    assert found == [yesterday, last_week, last_month]
    assert [str(span.today) for span in spans] == [today] * 3
    assert (str(spans[0].first), spans[1].first.weekday(), spans[2].first.day) == (today, 0, 1)


@pytest.mark.parametrize(
    ("zone", "instant", "wall"),
    [
        ("Africa/Nairobi", datetime(2026, 11, 20, 20, 59, 59, 999_999, UTC), "2026-11-20 23:59:59.999999"),
        ("Africa/Nairobi", datetime(2026, 11, 20, 21, tzinfo=UTC), "2026-11-21 00:00:00"),
        ("Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC), "2026-10-25 00:00:00"),
        ("Europe/Berlin", datetime(2026, 10, 25, 23, tzinfo=UTC), "2026-10-26 00:00:00"),
    ],
)
def test_the_wall_clock_is_the_schools(settings, zone: str, instant: datetime, wall: str):
    settings.SCHOOL_TIME_ZONE = zone
    assert str(now_in_school(instant).replace(tzinfo=None)) == wall
