"""Methods that a path does not take: told before anything else is asked, a form's token above all."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from core.problems import MethodNotAllowed, answer
from webhooks.doors import door_at


@csrf_exempt
def only_post(request: HttpRequest, **_: str) -> JsonResponse:
    """405 at a gateway's door, whatever its token; 404 where there is none. The intake answers every POST: one that gets here was
    sent past it.
    """
    if request.method == "POST" or door_at(request.path) is None:
        raise Http404
    return _refused("A gateway's door takes POST only.", "POST")


def only_read(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """405 for whatever is neither GET nor HEAD."""

    @csrf_exempt
    @wraps(view)
    def reading(request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return _refused("There is something to read here, and nothing else.", "GET, HEAD")
        return view(request)

    return reading


def _refused(detail: str, allowed: str) -> JsonResponse:
    response = answer(MethodNotAllowed(detail))
    response["Allow"] = allowed
    return response
