"""A proving ground: views that do something small and visible, on the same ground as every view of the product.

The test client has this module as its URLconf; `tests/api/serving.py` serves it by processes of their own.
"""

import time
from typing import Any

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from access.api.views import CallerView
from access.models import AuditEntry, Scope
from access.services import audit
from core.api.idempotent import idempotent
from core.api.serializers import AmountField, CurrencyField, NotesField, StrictSerializer, Text
from core.errors import BursarError, Refused, TooMany, Unauthenticated, Unavailable
from core.ids import new_id_text

ERRORS: dict[str, type[BursarError]] = {
    "refused": Refused,
    "unavailable": Unavailable,
    "too many": TooMany,
    "who": Unauthenticated,
}


class WishSerializer(StrictSerializer[Any]):
    amount = AmountField(least=100)
    currency = CurrencyField(default="KES")
    receipt = Text(max_length=40, required=False)
    notes = NotesField(required=False)
    meet = Text(max_length=40, required=False, help_text="An error to meet after the work was done.")
    pause = Text(max_length=5, required=False, help_text="Seconds, between the work and the answer.")


def works_done() -> int:
    return AuditEntry.objects.filter(act="ground.work").count()


def work(caller: str, wish: dict[str, Any]) -> dict[str, Any]:
    audit.record(actor=caller, act="ground.work", target="ground", reason="A wish.")
    time.sleep(float(wish.get("pause", 0)))
    if wish.get("meet") == "bug":
        raise ZeroDivisionError
    if error := ERRORS.get(wish.get("meet", "")):
        raise error
    return {"id": new_id_text(), "amount": wish["amount"], "currency": wish["currency"], "name": "Zoë"}


class Wishes(CallerView):
    scopes = {"GET": Scope.ORDERS_READ, "POST": Scope.ORDERS_WRITE}
    quota = "money"

    def get(self, request: Request) -> Response:
        return Response({"actor": self.caller(request).actor})

    @idempotent("ground.wish")
    def post(self, request: Request) -> Response:
        return Response(work(self.caller(request).actor, self.read(request, WishSerializer)), status=201)


class KeyedWishes(CallerView):
    scopes = {"POST": Scope.ORDERS_WRITE}

    @idempotent("ground.keyed_wish", required=True)
    def post(self, request: Request) -> Response:
        return Response(work(self.caller(request).actor, self.read(request, WishSerializer)), status=201)


class Calls(CallerView):
    """What reaches far inside the request."""

    scopes = {"POST": Scope.PAYMENTS_WRITE}

    @idempotent("ground.call", reaches_gateway=True)
    def post(self, request: Request, number: str) -> Response:
        return Response(work(self.caller(request).actor, self.read(request, WishSerializer)) | {"number": number})


urlpatterns = [
    path("wishes", Wishes.as_view()),
    path("keyed-wishes", KeyedWishes.as_view()),
    path("calls/<str:number>", Calls.as_view()),
    path("", include("config.urls")),
]
