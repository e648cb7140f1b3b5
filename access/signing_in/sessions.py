"""How long a session lasts: SESSION_COOKIE_AGE without a request, and SESSION_LASTS_AT_MOST however busy it is.

The first is Django's own expiry, which counts from the last save; so a session is saved once a minute while it is used. Both are
kept by the server: a cookie that somebody took along is worth no more than the browser's.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse

NOTED_EVERY_SECONDS = 60
UNATTENDED = "X-Unattended"
"""The header of a page that refreshes itself: nobody need be sitting before it, so it prolongs nothing."""
_BEGAN, _SEEN = "began_at", "seen_at"


class SessionRules:
    """Ends what has lasted long enough, before anybody is taken for its user. A request without a cookie costs nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            _keep(request.session, attended=UNATTENDED not in request.headers)
        return self.get_response(request)


def note_beginning(request: HttpRequest | None = None, **_: Any) -> None:
    """Django's `user_logged_in`: the time runs from here."""
    if request is not None and hasattr(request, "session"):
        request.session[_BEGAN] = request.session[_SEEN] = int(time.time())


def _keep(session: SessionBase, *, attended: bool) -> None:
    if SESSION_KEY not in session:
        return
    now = int(time.time())
    # One that does not say when it began has lasted for ever.
    if now - session.get(_BEGAN, 0) >= settings.SESSION_LASTS_AT_MOST:
        session.flush()
    elif attended and now - session.get(_SEEN, 0) >= NOTED_EVERY_SECONDS:
        session[_SEEN] = now
