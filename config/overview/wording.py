"""Numbers as the overview says them."""

from datetime import date, datetime


def things(count: int, word: str) -> str:
    """`1 payment`, `1,204 payments`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def age(since: datetime, now: datetime) -> str:
    """How long something has been waiting, in its largest unit and never less than a second."""
    return duration(max(1, int((now - since).total_seconds())))


def duration(seconds: float) -> str:
    """`740 ms`, `12 s`, `5 min`, `3 h`, `6 days`."""
    if seconds < 1:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    for most, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < most:
            return f"{seconds / size:.3g} {unit}" if seconds < 10 else f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:,.0f} days"


def percent(share: float) -> str:
    """To a tenth, and never rounded up to a hundred: a failure stays in sight."""
    tenths = min(round(share * 1000), 999) if share < 1 else 1000
    return f"{tenths / 10:g} %"


def days(first: date, last: date) -> str:
    """`21 November`, `16-21 November`, `28 September-4 October`."""
    if first == last:
        return f"{last.day} {last:%B}"
    return f"{first.day}{'' if first.month == last.month else f' {first:%B}'}\N{EN DASH}{last.day} {last:%B}"
