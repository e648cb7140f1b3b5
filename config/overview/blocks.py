"""What the overview is made of, beside the blocks that every page has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Need:
    """So many things of one kind wait for a human, `oldest` the longest. `tone` as in `shown.badge`."""

    count: int
    label: str
    detail: str
    oldest: str
    url: str
    tone: str = "warn"


@dataclass(frozen=True)
class Needs:
    """`calm` is what it says when nothing waits."""

    template: ClassVar[str] = "back_office/overview/needs.html"
    items: Sequence[Need]
    calm: str


@dataclass(frozen=True)
class Share:
    """What came through one gateway in one currency; `percent` of that currency."""

    gateway: str
    amount: SafeString
    percent: int
    payments: str
    url: str


@dataclass(frozen=True)
class Total:
    """What came in one currency, and how that compares with the span before."""

    amount: SafeString
    payments: str
    change: str
    tone: str
    url: str
    shares: Sequence[Share]


@dataclass(frozen=True)
class Span:
    """Today, this week or this month. `before` are the sums of the span before, each with the address of its rows."""

    title: str
    days: str
    before: Sequence[tuple[SafeString, str]]
    before_name: str
    totals: Sequence[Total]


@dataclass(frozen=True)
class Spans:
    template: ClassVar[str] = "back_office/overview/spans.html"
    items: Sequence[Span]


@dataclass(frozen=True)
class Heading:
    """A title over the blocks that follow."""

    template: ClassVar[str] = "back_office/overview/heading.html"
    title: str
    note: str = ""
