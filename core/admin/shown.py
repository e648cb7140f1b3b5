"""How facts look in the back office: each function turns one fact into one safe piece of HTML."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core.money import money

NOTHING: SafeString = mark_safe('<span class="bo-nothing">—</span>')


def amount(minor: int | None, currency: str, *, tone: str = "") -> SafeString:
    """Minor units as staff read them, in figures of one width; a dash for None."""
    if minor is None:
        return NOTHING
    return format_html('<span class="bo-amount{}">{}</span>', f" bo-{tone}" if tone else "", money(minor, currency))


def instant(at: datetime | None) -> SafeString:
    """In the school's time zone, to the second; the same in UTC when pointed at."""
    if at is None:
        return NOTHING
    return format_html(
        '<time class="bo-instant" datetime="{}" title="{}">{}</time>',
        at.astimezone(UTC).isoformat(timespec="seconds"),
        f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        f"{at.astimezone(school_zone()):%Y-%m-%d %H:%M:%S}",
    )


def badge(label: str, tone: str = "") -> SafeString:
    """One state in one word. `tone` is good, warn, bad, busy, or "" for what is neither."""
    return format_html('<span class="bo-badge{}">{}</span>', f" bo-{tone}" if tone else "", label)


def text(value: str) -> SafeString:
    return format_html("{}", value) if value else NOTHING


def word(value: str) -> SafeString:
    """A short name that is not to be broken over two lines, such as M-Pesa's."""
    return format_html('<span class="bo-word">{}</span>', value) if value else NOTHING


def reference(url: str, label: str) -> SafeString:
    """A link by somebody's reference: one of a dozen letters is not broken, a longer one may be."""
    return format_html('<a class="bo-link bo-reference" href="{}">{}</a>', url, label)


def code(value: str) -> SafeString:
    """An id or reference, in letters of one width."""
    return format_html('<span class="bo-code">{}</span>', value) if value else NOTHING


def gateway(name: str) -> str:
    """As people write it: M-Pesa, Stripe."""
    return _GATEWAYS.get(name, name.capitalize())


_GATEWAYS = {"mpesa": "M-Pesa", "upi": "UPI"}


def named(thing: SafeString, name: str) -> SafeString:
    """A thing, and under it in small what it is called, when it is called something."""
    return format_html('<span class="bo-named">{}<small>{}</small></span>', thing, name) if name else thing


def link(url: str, label: str) -> SafeString:
    return format_html('<a class="bo-link" href="{}">{}</a>', url, label)


@cache
def school_zone() -> ZoneInfo:
    return ZoneInfo(settings.SCHOOL_TIME_ZONE)
