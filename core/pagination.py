"""Lists are cursors over the id: `?limit=&cursor=` in, `{data, next_cursor, has_more}` out. No offsets, no counts.

A parameter that the list does not know is refused by its name, as unknown fields of a body are.
"""

import base64
import binascii
from collections.abc import Callable, Collection
from functools import partial
from typing import Any
from uuid import UUID

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid, MalformedCursor

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class IdCursor(BasePagination):
    """Newest first by UUIDv7. The cursor is opaque to callers: the last id of the page before, in base64."""

    def __init__(self, *, filters: Collection[str] = ()) -> None:
        """`filters` are the list's own parameters, which the view applies. Any other is refused: see `_check_known`."""
        self._known = {"limit", "cursor", *filters}

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        return self.paginate_rows(request, partial(_newest, queryset))

    def paginate_rows(self, request: Request, read: Callable[[UUID | None, int], list[Any]]) -> list[Any]:
        """A page of what is no queryset: `read(before, limit)` gives the newest `limit` rows whose `pk` comes before `before`.

        Raises Invalid (422) by parameter, and MalformedCursor (400).
        """
        _check_known(request, self._known)
        limit = _limit(request.query_params.get("limit", ""))
        cursor = request.query_params.get("cursor", "")
        rows = read(_decode(cursor) if cursor else None, limit + 1)
        self.has_more = len(rows) > limit
        self.rows = rows[:limit]
        return self.rows

    def get_paginated_response(self, data: Any) -> Response:
        next_cursor = _encode(self.rows[-1].pk) if self.has_more else None
        return Response({"data": data, "next_cursor": next_cursor, "has_more": self.has_more})

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        return [
            {"name": "limit", "in": "query", "schema": limit},
            {
                "name": "cursor",
                "in": "query",
                "schema": {"type": "string"},
                "description": "The `next_cursor` of the page before.",
            },
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["data", "next_cursor", "has_more"],
            "properties": {
                "data": schema,
                "next_cursor": {"type": "string", "nullable": True},
                "has_more": {"type": "boolean"},
            },
        }


def _check_known(request: Request, known: Collection[str]) -> None:
    """A filter that is spelt wrong, or that a second one overrides, would be answered with things that nobody asked for."""
    wrong = {
        name: ["There is no such parameter."] if name not in known else ["This is given twice."]
        for name, values in request.query_params.lists()
        if name not in known or len(values) > 1
    }
    if wrong:
        raise Invalid(fields=dict(sorted(wrong.items())[:20]))


def _newest(queryset: Any, before: UUID | None, limit: int) -> list[Any]:
    return list((queryset.filter(pk__lt=before) if before else queryset).order_by("-pk")[:limit])


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MAX_LIMIT):
        raise Invalid(fields={"limit": [f"A whole number from 1 to {MAX_LIMIT}."]})
    return int(text)


def _encode(key: UUID) -> str:
    return base64.urlsafe_b64encode(key.bytes).rstrip(b"=").decode()


def _decode(cursor: str) -> UUID:
    try:
        return UUID(bytes=base64.b64decode(cursor + "==", altchars=b"-_", validate=True))
    except (ValueError, binascii.Error) as malformed:
        raise MalformedCursor from malformed
