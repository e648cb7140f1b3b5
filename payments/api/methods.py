"""`/api/v1/payment-types`: the ways to pay there are. `/api/v1/payment-methods`: those that a user has kept."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.api.views import ANY_CALLER, CallerView
from core.api.schema import raises
from core.api.serializers import CurrencyField, StrictSerializer, Text
from core.api.views import ApiView
from core.errors import MalformedId
from core.ids import parse_public_id
from payments import methods
from payments.api.shown import MethodSerializer, SavedMethodSerializer
from payments.errors import GatewayCannot, GatewayTrouble, NoRoute
from payments.gateways.kept import CardRefused
from payments.models import SavedMethod
from payments.services.keeping import keep_card
from payments.services.saving import SavedAlready, UnknownMethodId, forget_method
from payments.validating import InvalidCardToken


class TypesSerializer(serializers.Serializer[Any]):
    """All of them, in the envelope of every list."""

    data = MethodSerializer(many=True)  # type: ignore[assignment] # DRF has a `data` of its own, which no field can touch
    next_cursor = serializers.CharField(allow_null=True, default=None)
    has_more = serializers.BooleanField(default=False)


class TypesView(ApiView):
    """Anyone may know how payments are made."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    pagination_class = None

    @extend_schema(
        operation_id="payment_types_list",
        summary="The ways to pay",
        auth=[],
        responses=TypesSerializer,
    )
    def get(self, request: Request) -> Response:
        everything = {"data": methods.methods(), "next_cursor": None, "has_more": False}
        return Response(TypesSerializer(everything).data)


class NewMethodSerializer(StrictSerializer[SavedMethod]):
    """A token, never a card number: the browser has it from the gateway's tokenizer."""

    card_token = Text(max_length=200)
    currency = CurrencyField(default="USD", help_text="Whose gateway is to keep it.")
    is_default = serializers.BooleanField(required=False, default=False)


class SavedMethodsView(CallerView):
    scopes = {"GET": ANY_CALLER, "POST": ANY_CALLER}

    @extend_schema(operation_id="payment_methods_list", summary="What you have kept", responses=SavedMethodSerializer(many=True))
    def get(self, request: Request) -> Response:
        mine = SavedMethod.objects.filter(owner=self.caller(request).actor, deleted_at=None)
        return self.page(request, mine, SavedMethodSerializer)

    @extend_schema(
        operation_id="payment_methods_create",
        summary="Keep a card's token",
        request=NewMethodSerializer,
        responses={201: SavedMethodSerializer},
        examples=[OpenApiExample("A card", {"card_token": "tok_visa", "currency": "USD"}, request_only=True)],
    )
    @raises(InvalidCardToken, NoRoute, GatewayCannot, CardRefused, SavedAlready, GatewayTrouble)
    def post(self, request: Request) -> Response:
        wanted = self.read(request, NewMethodSerializer)
        saved = keep_card(
            owner=self.caller(request).actor,
            card_token=wanted["card_token"],
            currency=wanted["currency"],
            default=wanted["is_default"],
        )
        return Response(SavedMethodSerializer(saved).data, status=201)


class SavedMethodView(CallerView):
    scopes = {"DELETE": ANY_CALLER}

    @extend_schema(operation_id="payment_methods_delete", summary="Forget it", responses={204: None})
    @raises(MalformedId, UnknownMethodId)
    def delete(self, request: Request, method_id: str) -> Response:
        forget_method(owner=self.caller(request).actor, method_id=parse_public_id("pm", method_id))
        return Response(status=204)
