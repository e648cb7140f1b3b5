"""Filters of lists that people work off: they open at what there is to do, and tell how long it has waited."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.filters import Choice
from core.ids import lowest_id_at


class Queue(Choice):
    """A filter that stands at its first option until another is chosen, so that a list opens as what there is to do.

    A search looks at everything, unless an option is chosen with it.
    """

    everything: ClassVar[tuple[str, str]] = ("all", "All")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self._first = "" if request.GET.get("q", "").strip() else next(iter(self.options))[0]
        return [*self.options, self.everything]

    def value(self) -> str | None:
        return super().value() or self._first or self.everything[0]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        value = self.value()
        return queryset if value is None or value == self.everything[0] else self.narrow(queryset, value)

    def choices(self, changelist: Any) -> Any:
        """Without the "All" that Django puts first."""
        return (
            {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({str(self.parameter_name): value}),
                "display": label,
            }
            for value, label in self.lookup_choices
        )


class Age(Choice):
    """What has waited for so long already: the same range of keys, from the other side."""

    title = "age"
    parameter_name = "age"
    options = (("hour", "Over an hour"), ("day", "Over a day"), ("week", "Over a week"), ("month", "Over 30 days"))
    _SPANS: ClassVar[dict[str, timedelta]] = {
        "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30),
    }  # fmt: skip

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        return rows.filter(pk__lt=lowest_id_at(datetime.now(UTC) - self._SPANS[value]))
