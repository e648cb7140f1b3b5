"""Filters offer fixed choices: none asks the table which values it holds."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.shown import school_zone
from core.ids import lowest_id_at


class Choice(SimpleListFilter):
    """One of a few fixed values. `scans` says that no index serves it, so that a page looks at a bounded number of rows."""

    template = "back_office/filter.html"
    options: ClassVar[Iterable[tuple[str, str]]] = ()
    scans: ClassVar[bool] = False

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
    def chosen(self) -> str:
        """The label of what is chosen, "" for nothing."""
        value = self.value()
        return next((str(label) for known, label in self.lookup_choices if known == value), "") if value else ""


def choice(column: str, heading: str, choices: Iterable[tuple[str, str]], *, by_index: bool = False) -> type[Choice]:
    """A filter on one column."""
    return type("ColumnChoice", (Choice,), {
        "title": heading, "parameter_name": column, "options": tuple(choices), "scans": not by_index,
    })  # fmt: skip


class When(Choice):
    """A range of time is a range of UUIDv7 keys: the primary key serves it, and other months are not even opened."""

    title = "when"
    parameter_name = "when"
    options = (("today", "Today"), ("yesterday", "Yesterday"), ("7", "Last 7 days"), ("30", "Last 30 days"))

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        today = midnight()
        if value == "yesterday":
            return rows.filter(pk__gte=lowest_id_at(midnight(1)), pk__lt=lowest_id_at(today))
        return rows.filter(pk__gte=lowest_id_at(today if value == "today" else midnight(int(value))))


def midnight(days_ago: int = 0) -> datetime:
    """The beginning of the school's day."""
    today = datetime.now(school_zone()).date() - timedelta(days=days_ago)
    return datetime(today.year, today.month, today.day, tzinfo=school_zone())
