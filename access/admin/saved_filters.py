from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.safestring import SafeString

from access.errors import InvalidFilter
from access.models import SavedFilter
from access.services.saved_filters import remove_filter, save_filter
from core.admin import list_bar, shown
from core.admin.blocks import Facts, Page
from core.admin.read_only import ReadOnlyAdmin
from core.errors import MalformedId
from core.ids import parse_public_id

SAVE, SHARE = "access.save_filter", "access.share_filter"


@admin.register(SavedFilter)
class SavedFilterAdmin(ReadOnlyAdmin):
    """One's own filters and those that others share. They are saved and removed above the list that they narrow."""

    key_prefix = "filter"
    title = "Saved filters"
    list_display = ("name_shown", "list_shown", "owner_shown", "shared_shown", "saved")
    nothing_here = "Narrow a list by its search or filters, and save that under a name: it will stand here and above the list."

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        user: Any = request.user
        rows: Any = super().get_queryset(request)
        return rows.seen_by(user).select_related("owner")  # type: ignore[no-any-return]

    def get_urls(self) -> list[Any]:
        return [
            path("keep/", self.admin_site.admin_view(self.keep_view), name="access_savedfilter_keep"),
            path("<str:object_id>/remove/", self.admin_site.admin_view(self.remove_view), name="access_savedfilter_remove"),
            *super().get_urls(),
        ]

    @admin.display(description="Name")
    def name_shown(self, kept: SavedFilter) -> str:
        return kept.name

    @admin.display(description="List")
    def list_shown(self, kept: SavedFilter) -> SafeString:
        return _opens(kept, self.admin_site)

    @admin.display(description="Whose")
    def owner_shown(self, kept: SavedFilter) -> str:
        return str(kept.owner)

    @admin.display(description="Shared")
    def shared_shown(self, kept: SavedFilter) -> SafeString:
        return shown.text("With everyone" if kept.shared else "")

    @admin.display(description="Saved")
    def saved(self, kept: SavedFilter) -> SafeString:
        return shown.instant(kept.created_at)

    def page(self, request: HttpRequest, obj: SavedFilter) -> Page:
        facts = [
            ("List", _opens(obj, self.admin_site)),
            ("Whose", shown.text(str(obj.owner))),
            ("Shared", shown.text("With everyone" if obj.shared else "No")),
            ("Saved", shown.instant(obj.created_at)),
        ]
        return Page(name=obj.name, heading=obj.name, main=[Facts("About this filter", facts)])

    def keep_view(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        name = request.POST.get("list", "") if request.method == "POST" else request.GET.get("list", "")
        model_admin = _list_called(name, self.admin_site)
        if not user.has_perm(SAVE) or model_admin is None or not model_admin.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        shared = bool(request.POST.get("shared"))
        if shared and not user.has_perm(SHARE):
            raise PermissionDenied
        query = _query_of(model_admin, request.GET)
        try:
            kept = save_filter(owner=user, list_name=name, name=request.POST.get("name", ""), query=query, shared=shared)
        except InvalidFilter as wrong:
            messages.error(request, " ".join(text for [text] in wrong.fields.values()))
        else:
            messages.success(request, f"Saved as “{kept.name}”.")
        return HttpResponseRedirect(f"{_url_of(name)}?{query}")

    def remove_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user: Any = request.user
        if not user.has_perm(SAVE):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            removed = remove_filter(owner=user, filter_id=parse_public_id(self.key_prefix, object_id))
        except MalformedId:
            removed = None
        if removed is None:
            raise Http404("There is no such filter of yours.")
        messages.success(request, f"Removed “{removed.name}”.")
        return HttpResponseRedirect(_url_of(removed.list_name))


@dataclass(frozen=True)
class Saved:
    """The filters above one list: those there are, and what may be done with the present one."""

    template: ClassVar[str] = "back_office/saved_filters.html"
    filters: list[SavedFilter]
    list_name: str
    query: str
    may_save: bool
    may_share: bool
    own: SavedFilter | None
    """The present one, when it is saved already and one's own."""


def saved_filters(request: HttpRequest, model_admin: Any) -> Saved | None:
    """What stands above a list; nothing where nothing is saved and nothing can be."""
    user: Any = request.user
    name = _name_of(model_admin)
    query = _query_of(model_admin, request.GET)
    filters = list(SavedFilter.objects.seen_by(user).filter(list_name=name).order_by("name", "id"))
    own = next((kept for kept in filters if kept.query == query and kept.owner_id == user.pk), None)
    may_save = user.has_perm(SAVE)
    if not filters and not (may_save and query):
        return None
    return Saved(filters, name, query, may_save, user.has_perm(SHARE), own if may_save else None)


def _query_of(model_admin: Any, asked: Any) -> str:
    """What narrows the list, in one spelling; anything else in the address is left out."""
    known = sorted(["q", *(str(narrowing.parameter_name) for narrowing in model_admin.list_filter)])
    return urlencode([(name, value) for name in known if (value := asked.get(name, "").strip())])


def _name_of(model_admin: Any) -> str:
    return f"{model_admin.opts.app_label}_{model_admin.opts.model_name}"


def _list_called(name: str, site: Any) -> Any:
    return next((known for known in site._registry.values() if _name_of(known) == name), None)


def _url_of(name: str) -> str:
    return reverse(f"admin:{name}_changelist")


def _opens(kept: SavedFilter, site: Any) -> SafeString:
    model_admin = _list_called(kept.list_name, site)
    return shown.link(f"{_url_of(kept.list_name)}?{kept.query}", model_admin.list_title) if model_admin else shown.NOTHING


list_bar.add(saved_filters)
