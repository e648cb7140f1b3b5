"""Rows that are not all there are: a search that looks no further than so many says so with what it found.

The words travel with the queryset, so that whatever shows, counts or writes out the rows can repeat them.
"""

from typing import Any

from django.db.models import QuerySet, TextField, Value


def stopping_at(rows: "QuerySet[Any]", *bounds: str, rest: str = "narrow it for the rest") -> "QuerySet[Any]":
    """The rows, with each bound that was met ("the newest 500 payments"), and how to find the rest; "" is none."""
    met = " and at ".join(bound for bound in bounds if bound)
    if not met:
        return rows
    said: QuerySet[Any] = rows.annotate(stops_at=Value(f"This search stops at {met}: {rest}.", output_field=TextField()))
    return said


def where_it_stops(rows: "QuerySet[Any]") -> str:
    """The same as a sentence; "" where all that was looked for is among the rows."""
    said: Any = rows.query.annotations.get("stops_at")
    return str(said.value) if said is not None else ""
