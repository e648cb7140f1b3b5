"""The nineteen hours or so in which a UUIDv7 was made, as a number that rises with time.

An index that begins with it takes new rows where the newest are, whatever follows it: one by amount alone would take them
anywhere, and each would bring a page of its own into memory and into the WAL. PostgreSQL skips from span to span to find an
amount in all of them (from 18 on; before, it reads the index through). Who asks for an order says `-span` before `-id`: they
are the same order, but only so spelled is it the index's.
"""

from typing import Any

from django.db.models import Func, IntegerField, QuerySet


class Span(Func):
    """Of a UUIDv7 column: its first 22 bits, which change every 2²⁶ milliseconds."""

    template = "(('x' || left(%(expressions)s::text, 6))::bit(22)::int)"
    output_field = IntegerField()


def by_span(rows: "QuerySet[Any]", key: str = "id") -> "QuerySet[Any]":
    """The rows, for an index that begins with their span; `in_order_of` spells their order."""
    spanned: QuerySet[Any] = rows.annotate(span=Span(key))
    return spanned


def in_order_of(rows: "QuerySet[Any]", ordering: tuple[str, ...]) -> list[str]:
    """`ordering`, which begins with the key, as the index of these rows spells it."""
    if "span" not in rows.query.annotations:
        return list(ordering)
    return ["-span" if ordering[0].startswith("-") else "span", *ordering]
