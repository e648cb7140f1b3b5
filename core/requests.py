"""A request's id: taken from X-Request-ID when it is sane, else made; echoed, logged, and named in every problem answer."""

import re
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from core.ids import new_id

_SANE = re.compile(r"[A-Za-z0-9._:-]{1,100}", re.ASCII)
_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request being answered, "" outside one."""
    return _current.get()


class RequestIdMiddleware:
    """Gives each request its id before anything else sees it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        identity = given if _SANE.fullmatch(given) else str(new_id())
        token = _current.set(identity)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        response["X-Request-ID"] = identity
        return response
