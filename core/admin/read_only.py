"""The base of every admin: facts to look at, and nothing that can be changed from here."""

from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from core.admin import list_bar
from core.admin.addresses import page_url
from core.admin.blocks import Page
from core.admin.exporting import Exporting
from core.admin.paging import CursorChangeList, EstimatedPaginator
from core.errors import MalformedId
from core.ids import parse_public_id, public_id


class ReadOnlyAdmin(Exporting, ModelAdmin):  # type: ignore[misc] # Unfold has no types
    """A list and a page for each object. Nobody adds, changes or deletes here, whatever their permissions.

    A subclass says how rows look (`list_display`), what a search finds (`find`), what a page is made of (`page`), and, for what
    the rows need from other tables, completes a whole list at once (`complete`). `ordering` names one unique, indexed column.
    """

    key_prefix = ""
    """Addresses are public ids with this prefix; without one they are the values of `address_field`."""
    address_field = "pk"
    ordering: tuple[str, ...] = ("-id",)
    list_per_page = 50
    list_filter: tuple[Any, ...] = ()
    title = ""
    """The list's name; without one the model's own plural."""
    in_numbers: tuple[str, str] | None = None
    """What one row and several are called; without it as the model is."""
    searches = ""
    """What a search understands, as its field says it; "" for a list without one."""
    nothing_here = "Nothing here yet."

    actions = None
    sortable_by = ()
    paginator = EstimatedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    change_list_template = "back_office/list.html"

    @property
    def counted(self) -> tuple[str, str]:
        """One row and several, where the list says how many there are."""
        return self.in_numbers or (str(self.opts.verbose_name), str(self.opts.verbose_name_plural))

    @property
    def list_title(self) -> str:
        plural = str(self.opts.verbose_name_plural)
        return self.title or plural[:1].upper() + plural[1:]

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """What a search finds, by index alone."""
        raise NotImplementedError

    def find_in_list(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        """What the list's own search finds: `find`, and more where the search of everything had better say whose it is."""
        return self.find(rows, term)

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        """Fetch, in a fixed number of queries, what the rows of a list show from other tables."""

    def page(self, request: HttpRequest, obj: Any) -> Page:
        """What there is to say about one object."""
        raise NotImplementedError

    def address(self, obj: Any) -> str:
        """How one object is named in its page's URL."""
        return public_id(self.key_prefix, obj.pk) if self.key_prefix else str(getattr(obj, self.address_field))

    def label(self, obj: Any) -> str:
        """How one object is called where it stands among others that a search found."""
        return str(obj)

    def url_of(self, obj: Any) -> str:
        return page_url(f"{self.opts.app_label}_{self.opts.model_name}", self.address(obj))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if "\0" in object_id:
            return None  # PostgreSQL holds no such text
        try:
            value: Any = parse_public_id(self.key_prefix, object_id) if self.key_prefix else object_id
            return self.get_queryset(request).filter(**{self.address_field: value}).first()
        except (MalformedId, ValidationError, ValueError):
            return None

    def get_preserved_filters(self, request: HttpRequest) -> str:
        """None: a page's address is one and the same, whichever list led to it."""
        return ""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("pk",) if self.searches else ()

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        term = findable(search_term)
        return (self.find_in_list(queryset, term) if term and self.searches else queryset), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CursorChangeList]:
        return CursorChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        _refuse_writes(request)
        self.search_help_text = self.searches
        title = self.list_title
        context = {"crumbs": [(title, "")], "list_tools": list_bar.tools_of(request, self), **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            response.context_data["title"] = title
        return response

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        _refuse_writes(request)
        if object_id is None or not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404(f"There is no {self.opts.verbose_name} {unquote(object_id)[:100]}.")
        page = self.page(request, obj)
        context = {
            **self.admin_site.each_context(request),
            "title": page.name,
            "page": page,
            "crumbs": [(self.list_title, self._list_url()), (page.name, "")],
        }
        return TemplateResponse(request, "back_office/page.html", context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        # Django's own log stays empty, since nothing is changed through the admin; the audit trail is the history.
        raise Http404("The audit trail tells what was done.")

    def _list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


def findable(term: str) -> str:
    """What was typed, as a search may look for it: PostgreSQL holds no NUL, so nothing can be found by one."""
    return term.strip().replace("\0", "")[:300]


def _refuse_writes(request: HttpRequest) -> None:
    if request.method not in {"GET", "HEAD"}:
        raise PermissionDenied
