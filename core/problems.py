"""RFC 9457 answers: one shape for every refusal, from the API's exception handler and from Django's own error pages."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response

from core import errors
from core.requests import request_id

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"


def problem(error: errors.BursarError) -> dict[str, Any]:
    """The body of a problem answer: type, title, status, detail, code, request_id, and errors per field."""
    body: dict[str, Any] = {
        "type": f"/docs/errors#{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id(),
    }
    if error.fields:
        body["errors"] = error.fields
    return body


def handle(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: whatever a view raises becomes a problem answer; what nobody foresaw is logged and is a 500."""
    error = as_error(exception)
    if error.status >= 500:
        logger.error("%s in %s", error.code, context.get("view"), exc_info=exception)
    headers = {}
    if retry_after := getattr(error, "retry_after", None):
        headers["Retry-After"] = str(retry_after)
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    response = Response(problem(error), status=error.status, headers=headers, content_type=CONTENT_TYPE)
    response.exception = True
    return response


def as_error(exception: Exception) -> errors.BursarError:
    """The member of our tree that stands for any exception a view can raise."""
    match exception:
        case errors.BursarError():
            return exception
        case drf.ValidationError():
            return errors.Invalid(fields=_per_field(exception.detail))
        case drf.ParseError():
            return errors.Unreadable(str(exception.detail))
        case drf.UnsupportedMediaType():
            return UnsupportedType(str(exception.detail))
        case drf.MethodNotAllowed():
            return MethodNotAllowed(str(exception.detail))
        case drf.NotAcceptable():
            return NotAcceptable(str(exception.detail))
        case drf.NotAuthenticated():
            return errors.Unauthenticated("Credentials are missing, or of a kind that is not taken here.")
        case drf.AuthenticationFailed():
            return errors.Unauthenticated(str(exception.detail))
        case drf.PermissionDenied() | PermissionDenied():
            return errors.Forbidden()
        case drf.NotFound() | Http404():
            return errors.NotFound()
        case drf.Throttled():
            return errors.TooMany(retry_after=max(1, round(getattr(exception, "wait", None) or 1)))
        case OperationalError():
            return errors.Unavailable("The database is away; try again later.")
        case DatabaseError() | _:
            return errors.BursarError()


class UnsupportedType(errors.BursarError):
    """The content type is not one this operation reads."""

    code = "unsupported_media_type"
    status = 415
    title = "Unsupported media type"


class MethodNotAllowed(errors.BursarError):
    """This path does not answer this method."""

    code = "method_not_allowed"
    status = 405
    title = "Method not allowed"


class NotAcceptable(errors.BursarError):
    """No answer can be given in an accepted content type."""

    code = "not_acceptable"
    status = 406
    title = "Not acceptable"


def answer(error: errors.BursarError) -> JsonResponse:
    """A problem answer outside DRF."""
    return JsonResponse(problem(error), status=error.status, content_type=CONTENT_TYPE)


def page_not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    return answer(errors.NotFound())


def server_error(request: HttpRequest) -> JsonResponse:
    return answer(errors.BursarError())


def _per_field(detail: Any, at: str = "") -> dict[str, list[str]]:
    if isinstance(detail, dict):
        flat: dict[str, list[str]] = {}
        for name, inner in detail.items():
            flat |= _per_field(inner, f"{at}.{name}" if at else str(name))
        return flat
    if isinstance(detail, list) and any(isinstance(entry, dict | list) for entry in detail):
        flat = {}
        for index, inner in enumerate(detail):
            flat |= _per_field(inner, f"{at}[{index}]")
        return flat
    messages = detail if isinstance(detail, list) else [detail]
    return {at or "non_field_errors": [str(message) for message in messages]}
