"""What came in today, this week and this month, and on each of ninety days."""

from config.dashboard.figures import Day, Money, Period, Rows, Settled
from config.overview.blocks import Share, Span, Spans, Total
from config.overview.wording import days, things
from core.admin import shown
from core.admin.charts import Bar, Chart
from core.money import exponent, money
from payments.admin.wording import gateway

_TITLES = {"today": "Today", "week": "This week", "month": "This month"}
_BEFORE = {"today": "yesterday", "week": "last week", "month": "last month"}
MOST_CHARTS = 3


def spans(settled: Settled, hour: int) -> Spans:
    """`hour` is that of the wall clock: what is not over is compared by what had come until then."""
    return Spans([_span(period, hour) for period in (settled.today, settled.week, settled.month)])


def charts(settled: Settled) -> list[Chart]:
    """One for each of the currencies that most came in."""
    return [_chart(currency, history) for currency, history in list(settled.history.items())[:MOST_CHARTS]]


def _span(period: Period, hour: int) -> Span:
    totals = [_total(period, total, hour) for total in period.totals if total.bookings]
    before = [
        (shown.amount(total.before_minor, total.currency), total.before_rows.url) for total in period.totals if total.before_minor
    ]
    return Span(_TITLES[period.name], days(period.first, period.last), before, _BEFORE[period.name], totals)


def _total(period: Period, total: Money, hour: int) -> Total:
    change, tone = _change(period, total, hour)
    shares = [
        Share(
            gateway(part.gateway),
            shown.amount(part.minor, part.currency),
            round(100 * part.minor / total.minor),
            things(part.bookings, "payment"),
            part.rows.url,
        )
        for part in period.money
        if part.currency == total.currency and part.bookings
    ]
    amount = shown.amount(total.minor, total.currency)
    return Total(amount, things(total.bookings, "payment"), change, tone, total.rows.url, shares)


def _change(period: Period, total: Money, hour: int) -> tuple[str, str]:
    """Until the last full hour, against the same of the span before."""
    if total.change is None:
        return "", ""
    percent = round(total.change * 100)
    if not percent:
        return f"as much as {_BEFORE[period.name]} by {hour:02}:00", ""
    if total.change == -1:
        return f"nothing had come by {hour:02}:00, unlike {_BEFORE[period.name]}", "warn"
    sign, tone = ("+", "good") if percent > 0 else ("\N{MINUS SIGN}", "warn")
    # Of ten times as much the percentage says nothing.
    said = f"{sign}{abs(percent)} %" if percent < 1000 else f"{total.change + 1:,.0f} times"
    return f"{said} on {_BEFORE[period.name]} by {hour:02}:00", tone


def _chart(currency: str, history: tuple[Day, ...]) -> Chart:
    return Chart(
        name=f"settled-{currency.lower()}",
        title=f"Settled per day, {currency}",
        note=f"The last {len(history)} days",
        unit=currency,
        places=exponent(currency),
        bars=[_bar(currency, day) for day in history],
        columns=("Day", "Payments", "Settled"),
    )


def _bar(currency: str, day: Day) -> Bar:
    amount = money(day.minor, currency)
    url = Rows("ledger_transfer", {"kind": "payment", "when": day.day.isoformat(), "currency": currency}).url
    cells = [shown.text(day.day.isoformat()), shown.text(f"{day.bookings:,}"), shown.link(url, amount)]
    said = f"{amount} on {day.day:%a} {day.day.day} {day.day:%b}, {things(day.bookings, 'payment')}"
    return Bar(f"{day.day.day} {day.day:%b}", day.minor, said, url, cells)
