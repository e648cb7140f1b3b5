"""The back office's site: its landing page, its search and its error pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.sites import UnfoldAdminSite

from access.signing_in.site import SigningIn


class BackOffice(SigningIn, UnfoldAdminSite):  # type: ignore[misc] # Unfold has no types
    """Unfold's site with Bursar's words. Registered as the default site by config.apps.BackOfficeConfig."""

    site_title = "Bursar"
    index_title = "Overview"
    enable_nav_sidebar = True

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)
        return {**context, "school_name": settings.SCHOOL_NAME, "school_zone": settings.SCHOOL_TIME_ZONE}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from config.overview import overview

        context = {**self.each_context(request), "title": self.index_title, "page": overview(request), **(extra_context or {})}
        return TemplateResponse(request, "admin/index.html", context)

    def app_index(self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The lists of one part, by the names that the menu has for them."""
        response: TemplateResponse = super().app_index(request, app_label, extra_context)
        context = response.context_data or {}
        for app in context["app_list"]:
            context["title"] = app["name"]
            for listed in app["models"]:
                listed["name"] = self._registry[listed["model"]].list_title
            app["models"].sort(key=lambda listed: listed["name"])
        return response

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A fragment for the search dialog; for its form the one page that fits, or a page of what was found."""
        from config.searching import find

        term = request.GET.get("s", "").strip()
        found = find(self, request, term)
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, "back_office/found.html", {"found": found, "term": term})
        if len(found) == 1:
            return HttpResponseRedirect(found[0].url)
        context = {
            **self.each_context(request),
            "title": f"Found under “{term}”" if found else "Search",
            "found": found,
            "term": term,
        }
        return TemplateResponse(request, "back_office/search.html", context)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """Django's, with refusals that look like the rest: a 403 or 404 keeps the menu beside it."""

        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except PermissionDenied:
                return self._refusal(request, 403, "Not allowed", "Your role does not include this.", "lock")
            except Http404 as missing:
                said = str(missing) if "There is no" in str(missing) else "There is nothing at this address."
                return self._refusal(request, 404, "Not found", said, "search_off")

        guarded: Callable[..., HttpResponse] = super().admin_view(answered, cacheable)
        return guarded

    def _refusal(self, request: HttpRequest, status: int, title: str, explanation: str, icon: str) -> HttpResponse:
        context = {**self.each_context(request), "title": title, "explanation": explanation, "sign": icon}
        return TemplateResponse(request, "back_office/error.html", context, status=status)
