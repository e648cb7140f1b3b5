"""What is answered when something fails: in the back office a page, to everyone else a problem.

The page is made of its own template and nothing else, so that it still comes when the database, the cache or the static files are
away: it asks for no user, no menu and no style sheet.
"""

import sys
from typing import NamedTuple

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from core import problems
from core.errors import Unavailable
from core.limits import RETRY_WHEN_AWAY
from core.requests import request_id


class Told(NamedTuple):
    """A status, and what a person reads of it."""

    status: int
    title: str
    text: str


_FAILED = Told(
    500,
    "Something failed here",
    "It is not your doing, and it was written down for those who mend it. An act is done as a whole or not at all: "
    "look whether it was done before you do it again.",
)
_AWAY = Told(
    503,
    "The database is away",
    "Nothing can be looked up or booked for the moment. No money is lost by that: whatever a gateway can't deliver now, "
    "it sends again.",
)
_OUTDATED = Told(
    403,
    "This form is out of date",
    "It was opened before you last signed in, or the browser keeps no cookies. Nothing was done. Open the page again and "
    "send it anew.",
)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: called while the exception is being handled. 503 with Retry-After where the database is away."""
    away = isinstance(sys.exception(), OperationalError | InterfaceError)
    if _is_read_by_people(request):
        response = _page(request, _AWAY if away else _FAILED)
    else:
        response = (
            problems.answer(Unavailable("The database is away; try again later.")) if away else problems.server_error(request)
        )
    if away:
        response["Retry-After"] = str(RETRY_WHEN_AWAY)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW. Only pages have forms: the API takes no cookie for a proof."""
    return _page(request, _OUTDATED)


def _is_read_by_people(request: HttpRequest) -> bool:
    inside = request.path.startswith(reverse("admin:index"))
    return inside and request.get_preferred_type(["text/html", "application/json"]) != "application/json"


def _page(request: HttpRequest, told: Told) -> HttpResponse:
    facts = {
        "told": told,
        "school": settings.SCHOOL_NAME,
        "request_id": request_id(),
        "again": request.get_full_path(),
        "overview": reverse("admin:index"),
    }
    response = HttpResponse(render_to_string("failing.html", facts), status=told.status)
    response["Cache-Control"] = "no-store"
    return response
