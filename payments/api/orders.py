"""`/api/v1/orders`."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.api.views import CallerView
from access.errors import MissingScope, UnknownMerchant
from access.models import Scope
from core.api.idempotent import idempotent
from core.api.schema import raises
from core.api.serializers import AmountField, CurrencyField, NotesField, StrictSerializer, Text
from core.errors import Invalid, MalformedId
from core.ids import parse_public_id
from payments.api.callers import PayerView, seen_by
from payments.api.shown import OrderSerializer
from payments.errors import AmountTooSmall, OrderPaid, UnknownOrder
from payments.models import Order
from payments.services.ordering import cancel_order, create_order

READ, WRITE = Scope.ORDERS_READ, Scope.ORDERS_WRITE
FILTERS = ("status", "receipt")
FEES = {"amount": 100_000, "currency": "KES", "receipt": "INV-2026-014", "notes": {"class": "4B"}}


class NewOrderSerializer(StrictSerializer[Order]):
    amount = AmountField()
    currency = CurrencyField()
    receipt = Text(required=False, max_length=40, default="", help_text="Your own name for it.")
    notes = NotesField(required=False)
    expires_at = serializers.DateTimeField(required=False, help_text="Within 90 days; a day from now if you do not say.")


class OrdersView(CallerView):
    scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="orders_create",
        summary="Make an order",
        request=NewOrderSerializer,
        responses={201: OrderSerializer},
        examples=[OpenApiExample("KES 1,000", FEES, request_only=True)],
    )
    @raises(MissingScope, UnknownMerchant, AmountTooSmall)
    @idempotent("orders.create")
    def post(self, request: Request) -> Response:
        merchant = self.caller(request).acting_merchant()
        wanted = self.read(request, NewOrderSerializer)
        order = create_order(
            merchant=merchant,
            amount_minor=wanted["amount"],
            currency=wanted["currency"],
            receipt=wanted["receipt"],
            notes=wanted.get("notes"),
            expires_at=wanted.get("expires_at"),
        )
        return Response(OrderSerializer(order, context=seen_by(request)).data, status=201)

    @extend_schema(
        operation_id="orders_list",
        summary="Your orders, newest first",
        parameters=[OpenApiParameter("status", str, enum=Order.Status.values), OpenApiParameter("receipt", str)],
        responses=OrderSerializer(many=True),
    )
    @raises(MissingScope, UnknownMerchant)
    def get(self, request: Request) -> Response:
        orders = Order.objects.filter(merchant=self.caller(request).acting_merchant())
        status, receipt = request.query_params.get("status"), request.query_params.get("receipt")
        if status is not None:
            if status not in Order.Status.values:
                raise Invalid(fields={"status": [f"must be one of {', '.join(Order.Status.values)}"]})
            orders = orders.filter(status=status)
        if receipt is not None:
            orders = orders.filter(receipt=receipt)
        return self.page(request, orders, OrderSerializer, filters=FILTERS, context=seen_by(request))


class OrderView(PayerView):
    scopes = {"GET": READ}

    @extend_schema(operation_id="orders_read", summary="One order", responses=OrderSerializer)
    @raises(MissingScope, MalformedId, UnknownOrder)
    def get(self, request: Request, order_id: str) -> Response:
        return Response(OrderSerializer(self.order(request, order_id), context=seen_by(request)).data)


class CancelOrderView(CallerView):
    scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="orders_cancel", summary="Let nothing more be started for it", request=None, responses=OrderSerializer
    )
    @raises(MissingScope, UnknownMerchant, MalformedId, UnknownOrder, OrderPaid)
    @idempotent("orders.cancel")
    def post(self, request: Request, order_id: str) -> Response:
        order = cancel_order(order_id=parse_public_id("order", order_id), merchant=self.caller(request).acting_merchant())
        return Response(OrderSerializer(order, context=seen_by(request)).data)
