"""What the back office needs around every request under its path, and what the rest of the site must not have."""

from collections.abc import Callable

from csp.constants import UNSAFE_EVAL
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from core.admin.shown import school_zone


class BackOfficeMiddleware:
    """Shows instants in the school's time zone, and lets scripts be compiled from text: Unfold's Alpine works in no other way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(reverse("admin:index")):
            return self.get_response(request)
        with timezone.override(school_zone()):
            response = self.get_response(request)
        response._csp_update = {"script-src": [UNSAFE_EVAL]}  # type: ignore[attr-defined] # where django-csp looks for it
        return response
