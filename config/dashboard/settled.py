"""What came today, this week and this month, how payments ended, how long settling took, and ninety days of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from config.dashboard.days import Span, now_in_school, today_week_month
from config.dashboard.figures import Day, Latency, Money, Outcomes, Period, Rows, Settled
from core.sql import run
from payments.models import RollupState

DAYS = 90


class Row(NamedTuple):
    """One day, gateway and currency; `by_hour` when it holds only what had come by the last full hour of the wall clock."""

    day: date
    gateway: str
    currency: str
    by_hour: bool
    bookings: int
    minor: int
    succeeded: int
    failed: int
    cancelled: int
    expired: int

    @property
    def outcomes(self) -> Outcomes:
        return Outcomes(self.succeeded, self.failed, self.cancelled, self.expired)


def settled(now: datetime | None = None) -> Settled:
    """Three statements over what the worker has counted."""
    at = now_in_school(now)
    spans = today_week_month(at.date())
    rows = _rows(spans, at)
    times = _latencies(spans)
    today, week, month = (_period(span, rows, times[span.name]) for span in spans)
    return Settled(_counted_at(), today, week, month, _history(rows, at.date()))


def _counted_at() -> datetime | None:
    return RollupState.objects.values_list("counted_at", flat=True).first()


def _rows(spans: Iterable[Span], at: datetime) -> list[Row]:
    today = at.date()
    found = run(
        "config",
        "dashboard/money",
        {
            "since": min(today - timedelta(days=DAYS - 1), *(span.before_first for span in spans)),
            "today": today,
            "hour": at.hour,
            "partly": sorted({today, *(span.partner for span in spans if span.partner is not None)}),
        },
    )
    return [Row._make(row) for row in found.rows]


def _period(span: Span, rows: list[Row], times: Mapping[str, list[tuple[int, int]]]) -> Period:
    here = [row for row in rows if not row.by_hour and span.first <= row.day <= span.today]
    before = [row for row in rows if not row.by_hour and span.before_first <= row.day <= span.before_last]
    by_gateway: dict[str, Outcomes] = defaultdict(Outcomes)
    for row in here:
        by_gateway[row.gateway] += row.outcomes
    everyone = [pair for pairs in times.values() for pair in pairs]
    return Period(
        name=span.name,
        first=span.first,
        last=span.today,
        before_first=span.before_first,
        before_last=span.before_last,
        totals=_money(span, [row._replace(gateway="") for row in rows]),
        money=_money(span, rows),
        outcomes=sum((row.outcomes for row in here), Outcomes()),
        before_outcomes=sum((row.outcomes for row in before), Outcomes()),
        outcomes_by_gateway=dict(sorted(by_gateway.items())),
        latency=_latency("", everyone),
        latency_by_gateway=tuple(latency for name in times if (latency := _latency(name, times[name])) is not None),
        rows=Rows("ledger_transfer", {"kind": "payment", "when": span.name}),
    )


def _money(span: Span, rows: Iterable[Row]) -> tuple[Money, ...]:
    """Sums by gateway and currency, those with most bookings first; where neither span has anything there is none."""
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(_SUMS, 0))
    for row in rows:
        for name, value in _shares(span, row):
            sums[row.gateway, row.currency][name] += value
    money = [
        Money(
            gateway,
            currency,
            rows=_rows_behind(span.name, gateway, currency),
            before_rows=_rows_behind(span.before, gateway, currency),
            **parts,
        )
        for (gateway, currency), parts in sums.items()
        if any(parts.values())
    ]
    return tuple(sorted(money, key=lambda one: (-one.bookings, -one.before_bookings, one.gateway, one.currency)))


_SUMS = ("minor", "bookings", "before_minor", "before_bookings", "so_far_minor", "before_so_far_minor")


def _shares(span: Span, row: Row) -> Iterator[tuple[str, int]]:
    """Which sums a row is part of. Full days before today, or before its partner, are so far as well as whole."""
    if row.by_hour:
        if row.day == span.today:
            yield "so_far_minor", row.minor
        elif row.day == span.partner:
            yield "before_so_far_minor", row.minor
    elif span.first <= row.day <= span.today:
        yield "minor", row.minor
        yield "bookings", row.bookings
        if row.day < span.today:
            yield "so_far_minor", row.minor
    elif span.before_first <= row.day <= span.before_last:
        yield "before_minor", row.minor
        yield "before_bookings", row.bookings
        if span.partner is None or row.day < span.partner:
            yield "before_so_far_minor", row.minor


def _rows_behind(when: str, gateway: str, currency: str) -> Rows:
    through = {"through": gateway} if gateway else {}
    return Rows("ledger_transfer", {"kind": "payment", "when": when, **through, "currency": currency})


def _latencies(spans: tuple[Span, Span, Span]) -> dict[str, dict[str, list[tuple[int, int]]]]:
    """By span and gateway: (tenths of a decade, bookings), fastest first."""
    today, week, month = spans
    found = run("config", "dashboard/latency", {"today": today.today, "week": week.first, "month": month.first})
    times: dict[str, dict[str, list[tuple[int, int]]]] = {span.name: defaultdict(list) for span in spans}
    for gateway, tenths, *counts in found.rows:
        for span, count in zip(spans, counts, strict=True):
            if count:
                times[span.name][gateway].append((tenths, count))
    return times


def _latency(gateway: str, steps: list[tuple[int, int]]) -> Latency | None:
    bookings = sum(count for _, count in steps)
    if bookings <= 0:
        return None
    ordered = sorted(steps)
    return Latency(gateway, bookings, *(_at_most(share, bookings, ordered) for share in (50, 95, 99)))


def _at_most(share: int, bookings: int, steps: list[tuple[int, int]]) -> float:
    """The step by which that share (in percent) has been settled, in milliseconds."""
    seen = 0
    for tenths, count in steps:
        seen += count
        if seen * 100 >= bookings * share:
            return float(round(10 ** (tenths / 10), 1))
    raise AssertionError("more than all of them were asked for")


def _history(rows: Iterable[Row], today: date) -> dict[str, tuple[Day, ...]]:
    """Every day of the last ninety, also those on which nothing came; the currency with most bookings first."""
    since = today - timedelta(days=DAYS - 1)
    sums: dict[str, Any] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in rows:
        if not row.by_hour and row.day >= since:
            day = sums[row.currency][row.day]
            day[0] += row.minor
            day[1] += row.bookings
    days = [since + timedelta(days=number) for number in range(DAYS)]
    history = {currency: tuple(Day(day, *by_day.get(day, (0, 0))) for day in days) for currency, by_day in sums.items()}
    return dict(sorted(history.items(), key=lambda item: (-sum(day.bookings for day in item[1]), item[0])))
