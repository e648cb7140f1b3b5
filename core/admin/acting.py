"""Pages on which staff act: a button on the thing's page leads to one that shows what would be done and asks for a reason."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin import acts
from core.admin.acts import Act
from core.admin.blocks import Door
from core.admin.doing import Doing
from core.admin.read_only import ReadOnlyAdmin
from core.errors import MalformedId
from core.ids import parse_public_id

MOST_CHOSEN = 100


class ActingAdmin(ReadOnlyAdmin):
    """A list and pages as `ReadOnlyAdmin` has them, and the acts that were registered for its model. `page` sets their doors.

    Each act needs its own permission besides that of seeing; whoever lacks it meets no button and gets no page.
    """

    change_list_template = "back_office/acting_list.html"
    choice_column = "chosen"

    @property
    def model_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def get_urls(self) -> list[Any]:
        return [
            path("do/<slug:name>/", self.admin_site.admin_view(self.list_act_view), name=f"{self.model_name}_do_list"),
            path("<path:object_id>/do/<slug:name>/", self.admin_site.admin_view(self.act_view), name=f"{self.model_name}_do"),
            *super().get_urls(),
        ]

    def doors(self, request: HttpRequest, obj: Any) -> list[Door]:
        """The acts that this user may do about this thing as it stands."""
        found = [act for act in acts.on_one(self.model_name).values() if request.user.has_perm(act.permission)]
        return [Door(act.label, self._do_url(obj, act), act.tone) for act in found if act.fits(request, obj)]

    def subject(self, obj: Any) -> str | SafeString:
        """What the act is about, in a line: it stands on the act's page, above everything that has to be filled in."""
        return ""

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        return (self.choice_column, *shown) if self._permitted(request, acts.on_many(self.model_name)) else shown

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        return [name for name in list_display if name != self.choice_column][:1]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        offered = {
            "list_doors": self._list_doors(request, acts.on_none(self.model_name)),
            "bulk_doors": self._list_doors(request, acts.on_many(self.model_name)),
        }
        return super().changelist_view(request, {**offered, **(extra_context or {})})

    def chosen(self, obj: Any) -> SafeString:
        return format_html(
            '<input type="checkbox" class="bo-choice" name="chosen" value="{}" form="bo-bulk" aria-label="Choose {}">',
            self.address(obj),
            self.label(obj),
        )

    chosen.short_description = "Choose"  # type: ignore[attr-defined] # how Django names a column

    def act_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        act = self._known(request, acts.on_one(self.model_name), name)
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404(f"There is no {self.opts.verbose_name} {unquote(object_id)[:100]}.")
        return self._answer(request, act, obj, back=(str(self.label(obj)), self.url_of(obj)))

    def list_act_view(self, request: HttpRequest, name: str) -> HttpResponse:
        offered = {**acts.on_many(self.model_name), **acts.on_none(self.model_name)}
        act = self._known(request, offered, name)
        wanted = request.GET.getlist("chosen")[:MOST_CHOSEN] if name in acts.on_many(self.model_name) else []
        things = self._named(request, wanted) if wanted else []
        if name in acts.on_many(self.model_name) and not things:
            messages.warning(request, f"Choose what to {act.label.lower()} first.")
            return HttpResponseRedirect(self._list_url())
        return self._answer(request, act, things, back=None)

    def _answer(self, request: HttpRequest, act: Act, thing: Any, back: tuple[str, str] | None) -> HttpResponse:
        if request.method not in {"GET", "HEAD", "POST"}:
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        doing = Doing(request, act, thing)
        leave = back[1] if back else self._list_url()
        if request.method == "POST" and (done := doing.do()) is not None:
            messages.success(request, done.message)
            return HttpResponseRedirect(done.url or leave)
        context = {
            **self.admin_site.each_context(request),
            "title": act.label,
            "page": doing,
            "leave": leave,
            "subject": self.subject(thing) if back else "",
            "crumbs": [(self.list_title, self._list_url()), *([back] if back else []), (act.label, "")],
        }
        return TemplateResponse(request, "back_office/act.html", context, status=doing.status)

    def _named(self, request: HttpRequest, addresses: list[str]) -> list[Any]:
        """Those of them that there are, in the list's own order, in one query."""
        ids = []
        for address in addresses:
            try:
                ids.append(parse_public_id(self.key_prefix, address))
            except MalformedId:
                continue
        return list(self.get_queryset(request).filter(pk__in=ids).order_by(*self.ordering))

    def _known(self, request: HttpRequest, offered: Mapping[str, Act], name: str) -> Act:
        if name not in offered:
            raise Http404
        if not (self.has_view_permission(request) and request.user.has_perm(offered[name].permission)):
            raise PermissionDenied
        return offered[name]

    def _permitted(self, request: HttpRequest, offered: Mapping[str, Act]) -> list[Act]:
        return [act for act in offered.values() if request.user.has_perm(act.permission)]

    def _list_doors(self, request: HttpRequest, offered: Mapping[str, Act]) -> list[Door]:
        permitted = self._permitted(request, offered)
        return [Door(a.label, reverse(f"admin:{self.model_name}_do_list", args=[a.name]), a.tone) for a in permitted]

    def _do_url(self, obj: Any, act: Act) -> str:
        return reverse(f"admin:{self.model_name}_do", args=[self.address(obj), act.name])
