"""Filters offer fixed choices: none asks the table which values it holds."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.blocks import Note
from core.admin.shown import school_zone
from core.ids import lowest_id_at
from core.money import CURRENCIES


class Choice(SimpleListFilter):
    """One of a few fixed values. `scans` says that no index serves it, so that a page looks at a bounded number of rows;
    `leaves_few`, that an index finds so few by it that whatever else is chosen may look at all of them.

    What is `quiet` stands above a list only once a link has chosen it.
    """

    template = "back_office/filter.html"
    options: ClassVar[Iterable[tuple[str, str]]] = ()
    scans: ClassVar[bool] = False
    leaves_few: bool = False
    quiet: ClassVar[bool] = False

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.options)

    def value(self) -> str | None:
        value = super().value()
        return value if value in {known for known, _ in self.lookup_choices} else None

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        value = self.value()
        return self.narrow(queryset, value) if value else queryset

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        return rows.filter(**{str(self.parameter_name): value})

    @property
    def note(self) -> Note | None:
        """That what was asked for means nothing here, so that nobody takes the whole list for a part of it."""
        asked = str(self.used_parameters.get(str(self.parameter_name), "")).strip()
        if not asked or self.value():
            return None
        return Note(f"“{asked[:20]}” is no {self.meant}; the list is not narrowed by it.", "warn")

    @property
    def meant(self) -> str:
        """What a value of this filter is called, where one is none."""
        return f"choice under {str(self.title).capitalize()}"

    @property
    def chosen(self) -> str:
        """The label of what is chosen, "" for nothing."""
        value = self.value()
        return next((str(label) for known, label in self.lookup_choices if known == value), "") if value else ""


def choice(column: str, heading: str, choices: Iterable[tuple[str, str]], *, by_index: bool = False) -> type[Choice]:
    """A filter on one column."""
    return type("ColumnChoice", (Choice,), {
        "title": heading, "parameter_name": column, "options": tuple(choices), "scans": not by_index,
    })  # fmt: skip


class Typed(Choice):
    """One value that is typed in. A subclass says what it means."""

    template = "back_office/filter_typed.html"
    scans = True
    example: ClassVar[str] = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = str(self.used_parameters.get(str(self.parameter_name), ""))[:100].replace("\0", "")
        return [(value, value)]

    def choices(self, changelist: Any) -> Iterator[Any]:
        self.others = [(name, value) for name, value in changelist.params.items() if name != self.parameter_name]
        yield next(iter(super().choices(changelist)))


class When(Choice):
    """Today, this week, one day. A range of time is a range of UUIDv7 keys: the primary key serves it, and other months are not
    even opened. Rows that say themselves when they happened name that `column`; their keys are made no earlier than that.
    """

    title = "when"
    parameter_name = "when"
    template = "back_office/filter_when.html"
    options = (
        ("today", "Today"),
        ("yesterday", "Yesterday"),
        ("week", "This week"),
        ("last_week", "Last week"),
        ("month", "This month"),
        ("last_month", "Last month"),
        ("7", "Last 7 days"),
        ("30", "Last 30 days"),
    )
    column: ClassVar[str] = ""
    meant = "day"

    def value(self) -> str | None:
        return super().value() or (self.day.isoformat() if self.day else None)

    @property
    def day(self) -> date | None:
        """The one day that is asked for, as in `?when=2026-11-21`."""
        return day_in(str(self.used_parameters.get(self.parameter_name, "")))

    @property
    def scans(self) -> bool:  # type: ignore[override] # what is newer than a day that is over is looked at to get there
        value = self.value()
        return bool(self.column and value and days_of(value)[1])

    @property
    def chosen(self) -> str:
        return super().chosen or self.value() or ""

    def choices(self, changelist: Any) -> Iterator[Any]:
        # The field for a day is a form of its own, and takes along what else was chosen.
        self.others = [(name, value) for name, value in changelist.params.items() if name != self.parameter_name]
        yield from super().choices(changelist)

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        first, end = days_of(value)
        rows = rows.filter(pk__gte=lowest_id_at(first))
        if self.column:
            rows = rows.filter(**{f"{self.column}__gte": first})
            return rows.filter(**{f"{self.column}__lt": end}) if end else rows
        return rows.filter(pk__lt=lowest_id_at(end)) if end else rows


class Happened(When):
    """When a transfer took effect, which is when the dashboard counts it."""

    column = "effective_at"


class Currency(Choice):
    """One currency; it stands above a list only when a link has chosen it."""

    title = "currency"
    parameter_name = "currency"
    options = tuple((code, code) for code in sorted(CURRENCIES))
    scans = True
    quiet = True


def day_in(text: str) -> date | None:
    """A day as in `2026-11-21`; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def days_of(value: str) -> tuple[datetime, datetime | None]:
    """Where a span of the school's days begins, and where it ends if that is over. Weeks begin on Monday."""
    today = datetime.now(school_zone()).date()
    match value:
        case "today":
            return midnight_of(today), None
        case "yesterday":
            return midnight(1), midnight_of(today)
        case "week":
            return midnight(today.weekday()), None
        case "last_week":
            return midnight(today.weekday() + 7), midnight(today.weekday())
        case "month":
            return midnight_of(today.replace(day=1)), None
        case "last_month":
            first = today.replace(day=1)
            return midnight_of((first - ONE_DAY).replace(day=1)), midnight_of(first)
    day = day_in(value)
    # The last day that there is has no midnight after it.
    return (midnight_of(day), midnight_of(min(day, date.max - ONE_DAY) + ONE_DAY)) if day else (midnight(int(value)), None)


ONE_DAY = timedelta(days=1)


def midnight(days_ago: int = 0) -> datetime:
    """The beginning of the school's day."""
    return midnight_of(datetime.now(school_zone()).date() - timedelta(days=days_ago))


def midnight_of(day: date) -> datetime:
    """Where a day begins at the school."""
    return datetime(day.year, day.month, day.day, tzinfo=school_zone())
