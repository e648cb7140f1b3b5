"""A list as a CSV file, as long as it may be: read page by page with the list's own cursor, written as it is read.

No statement, snapshot or transaction outlives a page, and no more than a page is in memory. What is made while the file is being
written is not in it where the newest comes first; what changes meanwhile stands in it as it was when its page was read.
"""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone

from core.admin import trail
from core.money import to_major
from core.phones import without_phone

PAGE = 2000
PERMISSION = "core.export"
MARK = "\ufeff".encode()
"""It stands at the beginning of a file, and has Excel read UTF-8."""
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | Decimal | datetime | None
Columns = Sequence[tuple[str, Callable[[Any], Cell]]]


class Leaving(NamedTuple):
    """What a file is made of: the filters that found it, as an address spells them, and its bytes, page by page."""

    filters: dict[str, str]
    chunks: Iterator[bytes]


class Exporting:
    """Goes before a ModelAdmin among its bases. Whoever takes a list out needs `core.export`, and says what for."""

    export_columns: ClassVar[Columns] = ()
    """A label and how its cell is read from a row; without any the list is not taken out."""

    def get_urls(self: Any) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        own = [path("export/", self.admin_site.admin_view(self.export_view), name=name)] if self.export_columns else []
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def changelist_view(self: Any, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may = self.export_columns and request.user.has_perm(PERMISSION)
        offered = {"export_url": self._export_url(request)} if may else {}
        answer: HttpResponse = super().changelist_view(request, {**offered, **(extra_context or {})})  # type: ignore[misc]
        return answer

    def export_view(self: Any, request: HttpRequest) -> HttpResponseBase:
        """What the list shows under this address, all of it. One entry of the trail is written before the first byte leaves."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        name = f"{self.opts.app_label}_{self.opts.model_name}"

        def gather() -> Leaving:
            found = self.get_changelist_instance(request)
            return Leaving(found.in_effect, _lines(self.export_columns, _pages(self, request, found.queryset)))

        return export(
            request, gather, of=f"list:{name}", filename=f"{name}_{timezone.now():%Y%m%dT%H%M%SZ}.csv", back=self._list_url()
        )

    def _export_url(self: Any, request: HttpRequest) -> str:
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_export")
        asked = [(name, value) for name, value in request.GET.items() if name != PAGE_VAR]
        return f"{url}?{urlencode(asked)}" if asked else url


def export(request: HttpRequest, gather: Callable[[], Leaving], *, of: str, filename: str, back: str) -> HttpResponseBase:
    """The one way out of the back office: by `core.export`, by POST, with a reason, and with an entry of the trail about `of`.

    The entry names the filters that took effect, and of a phone number its end. Without a reason it leads `back`, with what was
    asked for. Raises PermissionDenied; whether they may see it the caller knows.
    """
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    reason = " ".join(request.POST.get("reason", "").split())[:500]
    if not reason:
        messages.error(request, "Say what the file is for: it stands in the audit trail.")
        return HttpResponseRedirect(f"{back}?{request.GET.urlencode()}")
    filters, content = gather()
    kept = {name: without_phone(value) for name, value in filters.items()}
    trail.record(request, act="core.export", target=of, reason=reason, after={"filters": kept})
    return _answer(request, content, filename)


def amount(minor: str) -> Callable[[Any], Cell]:
    """The exact major amount of a column of minor units, beside whose currency it stands."""

    def cell(row: Any) -> Cell:
        value = getattr(row, minor)
        return None if value is None else to_major(value, row.currency)

    return cell


def attribute(name: str) -> Callable[[Any], Cell]:
    """A column as it is."""

    def cell(row: Any) -> Cell:
        value: Cell = getattr(row, name)
        return value

    return cell


def spelled(value: Cell) -> str:
    """One cell: an instant in UTC, an amount in full, and text that no spreadsheet takes for a formula."""
    match value:
        case None:
            return ""
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case Decimal():
            return f"{value:f}"
        case int():
            return str(value)
    return f"'{value}" if value.startswith(_RUN_BY_SPREADSHEETS) else value


def written(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Some lines of a file."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[spelled(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def _pages(model_admin: Any, request: HttpRequest, rows: "QuerySet[Any]") -> Iterator[list[Any]]:
    order = str(model_admin.ordering[0])
    column = order.lstrip("-")
    after = f"{column}__{'lt' if order.startswith('-') else 'gt'}"
    page = list(rows[:PAGE])
    while page:
        model_admin.complete(request, page)
        yield page
        page = list(rows.filter(**{after: getattr(page[-1], column)})[:PAGE]) if len(page) == PAGE else []


def _lines(columns: Columns, pages: Iterator[list[Any]]) -> Iterator[bytes]:
    cells = [cell for _, cell in columns]
    yield MARK + written([[label for label, _ in columns]])
    for page in pages:
        yield written([[cell(row) for cell in cells] for row in page])


def _answer(request: HttpRequest, chunks: Iterator[bytes], filename: str) -> StreamingHttpResponse:
    # Under ASGI Django would gather a plain iterator in memory before it sends the first byte of it.
    content: Any = _one_by_one(chunks) if isinstance(request, ASGIRequest) else chunks
    answer = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    answer["Cache-Control"] = "no-store"
    return answer


async def _one_by_one(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each page is read in the request's own thread, where its database connection is; the event loop only sends."""
    read = sync_to_async(lambda: next(chunks, b""))
    while chunk := await read():
        yield chunk
