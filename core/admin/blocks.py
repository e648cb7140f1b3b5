"""What a page of the back office is composed of. An admin gathers the facts, a block's template lays them out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol

from django.utils.safestring import SafeString

from core.admin import shown


@dataclass(frozen=True)
class Figure:
    """One number that matters, large. `tone` as in `shown.badge`."""

    label: str
    value: SafeString
    note: str | SafeString = ""
    tone: str = ""
    url: str = ""


@dataclass(frozen=True)
class Figures:
    template: ClassVar[str] = "back_office/blocks/figures.html"
    items: Sequence[Figure]


@dataclass(frozen=True)
class Facts:
    """Label and value, row by row."""

    template: ClassVar[str] = "back_office/blocks/facts.html"
    title: str
    pairs: Sequence[tuple[str, SafeString]]


@dataclass(frozen=True)
class Column:
    label: str
    numeric: bool = False


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Door:
    """A button that leads to an act's page. `tone` as in `core.admin.acts.Act`."""

    label: str
    url: str
    tone: str = ""


@dataclass(frozen=True)
class Table:
    """`empty` is what it says without rows; `more` leads to the rest; `total` is a last row, below a line."""

    template: ClassVar[str] = "back_office/blocks/table.html"
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[SafeString]]
    empty: str
    note: str = ""
    more: Sequence[Link] = ()
    total: Sequence[SafeString] = ()

    @property
    def cells(self) -> list[list[tuple[Column, SafeString]]]:
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]

    @property
    def total_cells(self) -> list[tuple[Column, SafeString]]:
        return list(zip(self.columns, self.total, strict=True)) if self.total else []


@dataclass(frozen=True)
class Moment:
    """One entry of a timeline. `tone` as in `shown.badge`."""

    at: datetime
    what: str
    detail: Sequence[SafeString] = ()
    amount: SafeString | None = None
    tone: str = ""
    order: int = 0
    """Breaks ties within one instant: what was heard stands before what followed from it."""

    @property
    def shown_at(self) -> SafeString:
        return shown.instant(self.at)


@dataclass(frozen=True)
class Timeline:
    """Oldest first, as a story is read."""

    template: ClassVar[str] = "back_office/blocks/timeline.html"
    title: str
    moments: Sequence[Moment]
    empty: str
    note: str = ""

    @property
    def in_order(self) -> list[Moment]:
        return sorted(self.moments, key=lambda moment: (moment.at, moment.order))


@dataclass(frozen=True)
class Text:
    """A body or traceback, exactly as it is to be read; `title` may be folded away."""

    template: ClassVar[str] = "back_office/blocks/text.html"
    title: str
    text: str
    note: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Note:
    """A sentence that staff should not miss."""

    template: ClassVar[str] = "back_office/blocks/note.html"
    text: str | SafeString
    tone: str = ""


@dataclass(frozen=True)
class Day:
    """A form that asks for a day: `value` is what was asked for, `said` what the page shows instead of what is none.

    `export_url` takes out what the page shows, for whom may take it.
    """

    template: ClassVar[str] = "back_office/blocks/day.html"
    label: str
    name: str
    value: str
    button: str
    said: str = ""
    export_url: str = ""


class Block(Protocol):
    """Whatever lays itself out by a template, which finds it as `block`."""

    template: ClassVar[str]


@dataclass(frozen=True)
class Page:
    """One object's page: its name and state on top, blocks below, facts at the side. `name` is the short one, as in a path."""

    name: str
    heading: str | SafeString
    lead: str | SafeString = ""
    state: SafeString | None = None
    top: Sequence[Block] = ()
    main: Sequence[Block] = ()
    side: Sequence[Block] = field(default=())
    doors: Sequence[Door] = ()
