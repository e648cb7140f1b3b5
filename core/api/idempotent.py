"""`@idempotent("orders.create")` on a view's method: the caller's Idempotency-Key names one intent, which is done once."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from core import idempotency
from core.errors import Unauthenticated
from core.idempotency import KeyRequired, Reply

Handler = Callable[..., Any]


def idempotent(operation: str, *, required: bool = False, reaches_gateway: bool = False) -> Callable[[Handler], Handler]:
    """Do what the method does once for each key of each caller, and give every repetition the first one's reply.

    Key, work and reply are one transaction; a method that must reach a gateway before it answers says `reaches_gateway`, runs
    outside any transaction, and has its `idempotency.when_left`. Without the header it just runs, unless the key is `required`.
    """

    def decorate(method: Handler) -> Handler:
        @wraps(method)
        def once(view: APIView, request: Request, **path: str) -> HttpResponseBase:
            key = request.headers.get("Idempotency-Key")
            if key is None:
                if required:
                    raise KeyRequired
                return method(view, request, **path)  # type: ignore[no-any-return]
            attempt = _Attempt(method, view, request, path, savepoint=not reaches_gateway)
            wanted = idempotency.intent(
                caller=_caller(request), operation=operation, key=key, target=path, body=dict(request.data)
            )
            do = idempotency.around_a_gateway if reaches_gateway else idempotency.in_one_transaction
            reply, replayed = do(wanted, attempt.reply)
            return _replayed(reply) if replayed else attempt.response(reply)

        once.idempotency = (operation, required)  # type: ignore[attr-defined]
        return once

    return decorate


def json_reply(status: int, data: Any) -> Reply:
    """A reply made outside a view, as `idempotency.when_left` wants it."""
    return Reply(status, _json(data))


class _Attempt:
    """One run of the method, its exceptions answered as the view answers them."""

    def __init__(self, method: Handler, view: APIView, request: Request, path: dict[str, str], *, savepoint: bool) -> None:
        self._run: Callable[[], Any] = partial(method, view, request, **path)
        self._view = view
        self._savepoint = savepoint

    def reply(self) -> Reply:
        try:
            self._answer = self._in_savepoint() if self._savepoint else self._run()
        except Exception as raised:  # noqa: BLE001 - whatever it is, it is what the view would answer with
            self._answer = self._view.handle_exception(raised)
        return Reply(self._answer.status_code, _json(self._answer.data), self._answer.content_type or "application/json")

    def response(self, reply: Reply) -> HttpResponseBase:
        """What is kept is sent as it is kept; what is not goes with all its headers."""
        return _as_kept(reply) if reply.is_definitive else self._answer

    def _in_savepoint(self) -> Any:
        with transaction.atomic():
            answer = self._run()
            if answer.status_code >= 400:
                transaction.set_rollback(True)
            return answer


def _json(data: Any) -> bytes:
    return b"" if data is None else bytes(JSONRenderer().render(data))


def _as_kept(reply: Reply) -> HttpResponse:
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)


def _replayed(reply: Reply) -> HttpResponse:
    response = _as_kept(reply)
    response["Idempotent-Replayed"] = "true"
    return response


def _caller(request: Request) -> str:
    actor = getattr(request.auth, "actor", "")
    if not actor:
        raise Unauthenticated
    return str(actor)
