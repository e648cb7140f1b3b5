"""How it goes: how payments end, how fast they settle, how far behind the inbox is, and what the books hold open."""

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from config.dashboard.figures import Books, Inbox, Outcomes, Period, Rows, Settled
from config.overview.wording import duration, percent, things
from core.admin import shown
from core.admin.blocks import Figure

LATE_SECONDS = 60


def outcomes(settled: Settled) -> list[Figure]:
    return [_success(settled), _latency(settled)]


def inbox(waiting: Inbox) -> Figure:
    late = waiting.oldest_seconds > LATE_SECONDS
    if not waiting.waiting:
        return Figure("Inbox", shown.text("Empty"), "Every inbound event is decided", "good", waiting.rows.url)
    note = f"The oldest for {duration(waiting.oldest_seconds)}"
    return Figure("Inbox", shown.text(f"{waiting.waiting:,} waiting"), note, "bad" if late else "", waiting.rows.url)


def books(found: Books) -> list[Figure]:
    """Suspense first: it is money that somebody is missing."""
    figures = [
        Figure("In suspense", shown.amount(one.minor, one.currency), "Its owner is not known yet", "warn", one.rows.url)
        for one in found.suspense
    ]
    for fees in found.fees:
        owing = f"By {things(fees.owing, 'student')}"
        figures.append(Figure("Outstanding fees", shown.amount(fees.owed_minor, fees.currency), owing, "", fees.rows.url))
        if fees.credit_minor:
            note = f"Paid ahead by {things(fees.in_credit, 'student')}"
            credit = shown.amount(fees.credit_minor, fees.currency)
            figures.append(Figure("Students' credit", credit, note, "", fees.credit_rows.url))
    return figures


def _success(settled: Settled) -> Figure:
    period = next((one for one in (settled.today, settled.week, settled.month) if one.outcomes.rate is not None), settled.month)
    rate = period.outcomes.rate
    label = f"Success rate {_SPANS[period.name]}"
    if rate is None:
        return Figure(label, shown.text("No payment has ended yet"))
    tone = "good" if rate >= 0.9 else "warn"
    return Figure(label, shown.text(percent(rate)), _ends(period), tone, _ended(period.name))


_SPANS = {"today": "today", "week": "this week", "month": "this month"}


def _ends(period: Period) -> SafeString:
    """How many ended in each way, each a link to them."""
    counts: Outcomes = period.outcomes
    parts = [(name, getattr(counts, name)) for name in ("succeeded", "failed", "cancelled", "expired") if getattr(counts, name)]
    links = [(shown.link(_ended(period.name, name), f"{count:,} {name}"),) for name, count in parts]
    return format_html_join(" · ", "{}", links)


def _ended(span: str, outcome: str = "") -> str:
    return Rows("payments_payment", {"ended": span} | ({"outcome": outcome} if outcome else {})).url


def _latency(settled: Settled) -> Figure:
    period = next((one for one in (settled.today, settled.week, settled.month) if one.latency), None)
    if period is None or period.latency is None:
        return Figure("From receipt to settled", shown.text("Nothing settled yet"))
    times = period.latency
    note = f"95 % {_SPANS[period.name]}; half within {duration(times.p50_ms / 1000)}, 99 % within {duration(times.p99_ms / 1000)}"
    url = Rows("core_inboundevent", {"when": period.name, "verdict": "settled"}).url
    return Figure("From receipt to settled", shown.text(duration(times.p95_ms / 1000)), note, "", url)
