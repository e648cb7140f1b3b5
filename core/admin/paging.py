"""Lists that stay fast at millions of rows: pages are cursors over one unique indexed column, big counts are estimates."""

from functools import cached_property
from typing import Any, NamedTuple

from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

from core.bounds import where_it_stops
from core.spans import in_order_of

EXACT_UP_TO = 10_000
LOOKED_AT = 100_000
"""How many rows one page may look at for a filter that has no index, of those that indexes find; a link leads further back."""


class EstimatedPaginator(Paginator):  # type: ignore[type-arg] # the stubs are generic, the class is not
    """Counts exactly up to EXACT_UP_TO. A whole table beyond that is counted by PostgreSQL's own statistics."""

    template_name = "back_office/pages.html"

    @cached_property
    def count(self) -> int:
        counted = self._rows.order_by()[: EXACT_UP_TO + 1].count()
        self.is_exact = counted <= EXACT_UP_TO
        if self.is_exact or self._rows.query.where:
            return min(counted, EXACT_UP_TO)
        return max(estimated_rows(self._rows.model._meta.db_table), EXACT_UP_TO)

    @property
    def count_in_words(self) -> str:
        """`1,234`, `about 2.1 million`, `more than 10,000`."""
        count = self.count
        if self.is_exact:
            return f"{count:,}"
        if self._rows.query.where:
            return f"more than {count:,}"
        return f"about {count / 1e6:.1f} million" if count >= 1_000_000 else f"about {round(count, -3):,}"

    @property
    def _rows(self) -> "QuerySet[Any]":
        return self.object_list  # type: ignore[return-value] # only ever made with a queryset


def estimated_rows(table: str) -> int:
    """Rows of a table, or of all partitions of one, as its last ANALYZE saw them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint FROM pg_class c"
            " WHERE c.oid = %s::regclass AND c.relkind = 'r'"
            " OR c.oid IN (SELECT relid FROM pg_partition_tree(%s::regclass) WHERE isleaf)",
            [f'"{table}"', f'"{table}"'],
        )
        return int(cursor.fetchone()[0])


class Position(NamedTuple):
    """Where a page stands: after `value` in the list's order, or, going `back`, before it. None is the beginning."""

    value: Any = None
    back: bool = False


class CursorChangeList(ChangeList):  # type: ignore[misc] # Unfold has no types
    """A changelist without OFFSET: the next page begins after this one's last row, so page 10,000 costs what page 1 does.

    `?p=` carries the position. Filters marked `scans` look at LOOKED_AT rows a page at most, unless another one `leaves_few`.
    Parameters that no filter knows are ignored, so that no URL can ask for a lookup without an index; nor can one ask for another
    order.
    """

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        known = {list_filter.parameter_name for list_filter in self.list_filter}
        return {name: value for name, value in super().get_filters_params(params).items() if name in known}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        return rows.order_by(*in_order_of(rows, self.model_admin.ordering))

    @property
    def stops_at(self) -> str:
        """Where the search stopped, in words; "" where it has found everything."""
        return where_it_stops(self.queryset)

    @property
    def in_effect(self) -> dict[str, str]:
        """What narrows the list, as its address spells it: nothing that was asked for and that no filter understood."""
        search = {SEARCH_VAR: self.query} if self.query and self.model_admin.searches else {}
        chosen = {str(spec.parameter_name): spec.value() for spec in self.filter_specs}
        return search | {name: value for name, value in chosen.items() if value}

    def get_ordering(self, request: HttpRequest, queryset: "QuerySet[Any]") -> list[str]:
        return []  # a search may say in which order its rows are had, so `get_queryset` orders after it

    def get_ordering_field_columns(self) -> dict[int, str]:
        return {}

    def url_for_result(self, result: Any) -> str:
        return str(self.model_admin.url_of(result))

    def get_results(self, request: HttpRequest) -> None:
        position = self._position(request.GET.get(PAGE_VAR, ""))
        rows = self._from(self.queryset, position)
        edge = self._edge(request, position)
        if edge is not None:
            rows = rows.filter(**{f"{self._field}__{self._direction(position, inclusive=True)}": edge})
        found = list(rows[: self.list_per_page + 1])
        more = len(found) > self.list_per_page
        page = found[: self.list_per_page]
        if position.back:
            page.reverse()
        self.model_admin.complete(request, page)
        self._link(page, position, edge, more=more)
        self._count(request, page, position, edge, more=more)

    @property
    def _field(self) -> str:
        return str(self.model_admin.ordering[0]).lstrip("-")

    def _position(self, text: str) -> Position:
        """`n.<value>` is what follows a value, `b.<value>` what stands before it; anything else is the beginning."""
        direction, _, value = text.partition(".")
        if direction not in {"n", "b"} or "\0" in value:  # PostgreSQL holds no NUL
            return Position()
        try:
            return Position(self.lookup_opts.get_field(self._field).to_python(value), direction == "b")
        except ValidationError:
            return Position()

    def _direction(self, position: Position, *, inclusive: bool = False) -> str:
        falls = str(self.model_admin.ordering[0]).startswith("-") != position.back
        # The cursor bounds the near side, the edge of what is looked at bounds the far one.
        return ("gte" if falls else "lte") if inclusive else ("lt" if falls else "gt")

    def _from(self, rows: "QuerySet[Any]", position: Position) -> "QuerySet[Any]":
        if position.value is not None:
            rows = rows.filter(**{f"{self._field}__{self._direction(position)}": position.value})
        return rows.reverse() if position.back else rows

    def _edge(self, request: HttpRequest, position: Position) -> Any:
        """The last row that this page may look at, where a filter has to look at rows one by one."""
        chosen = [spec for spec in self.filter_specs if spec.value()]
        if self.query or any(spec.leaves_few for spec in chosen) or not any(spec.scans for spec in chosen):
            return None
        ordered = self.root_queryset.order_by(*self.model_admin.ordering)
        # Of what an index narrows nothing else is looked at: an account's page begins among the students, not before them.
        for spec in chosen:
            ordered = ordered if spec.scans else spec.queryset(request, ordered)
        keys = self._from(ordered, position).values_list(self._field, flat=True)
        return next(iter(keys[LOOKED_AT - 1 : LOOKED_AT]), None)

    def _link(self, page: list[Any], position: Position, edge: Any, *, more: bool) -> None:
        first = getattr(page[0], self._field) if page else position.value
        last = getattr(page[-1], self._field) if page else position.value
        ahead = more or edge is not None
        if position.back:
            before, after = (first if more or edge is None else edge) if ahead else None, last
        else:
            before, after = first if position.value is not None else None, (last if more else edge) if ahead else None
        self.before_url = "" if before is None else self.get_query_string({PAGE_VAR: f"b.{before}"})
        self.after_url = "" if after is None else self.get_query_string({PAGE_VAR: f"n.{after}"})
        self.first_url = self.get_query_string({PAGE_VAR: None}) if position.value is not None else ""
        self.looked_at_in_words = f"{LOOKED_AT:,}" if edge is not None and not more else ""

    def _count(self, request: HttpRequest, page: list[Any], position: Position, edge: Any, *, more: bool) -> None:
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        if position.value is None and edge is None and not more:
            self.paginator.count, self.paginator.is_exact = len(page), True
        # Counting would look at the rows that this page was just kept from looking at.
        self.count_in_words = "" if edge is not None else self.paginator.count_in_words
        self.result_list = page
        self.result_count = self.full_result_count = len(page) if edge is not None else self.paginator.count
        # Filters stand above the list; without this Unfold would lay out a drawer with them as well.
        self.has_filters = False
        self.show_full_result_count = self.can_show_all = self.multi_page = self.show_admin_actions = False
