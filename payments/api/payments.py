"""`/api/v1/payments`: started here, carried out by workers, told by events, and asked about here."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.errors import MissingScope
from access.models import Scope
from core.api.idempotent import idempotent
from core.api.schema import raises
from core.api.serializers import AmountField, CurrencyField, StrictSerializer, Text
from core.errors import Invalid, MalformedId
from core.idempotency import KeyRequired
from core.ids import parse_public_id
from core.pagination import IdCursor
from payments.api.callers import PayerView
from payments.api.described import CAPTURE, OF_PAYING, PAYMENTS
from payments.api.filtering import FILTERS, PARAMETERS, filtered
from payments.api.shown import EvidenceSerializer, HistorySerializer, PaymentSerializer, shown
from payments.errors import GatewayCannot, GatewayTrouble, NotCancellable, NotCapturable, NothingToAsk, UnknownPayment
from payments.models import Payment, PaymentHistory, PaymentRequest
from payments.services.instructing import cancel, capture, sync
from payments.services.knowing import all_known
from payments.services.requesting import Wanted, pay_account, pay_order
from payments.services.saving import saved_method

READ, WRITE = Scope.PAYMENTS_READ, Scope.PAYMENTS_WRITE
REFUSED = (MissingScope, MalformedId, UnknownPayment)
DETAILS = ("vpa", "card_token", "phone_number", "email", "name")


class NewPaymentSerializer(StrictSerializer[Payment]):
    """Either `order_id`, or `destination` with `amount` and `currency`; a method with what it needs, or a saved one."""

    order_id = Text(required=False, help_text="order_…")
    destination = Text(required=False, max_length=80, help_text="Whose account: student:S004.")
    amount = AmountField(required=False)
    currency = CurrencyField(required=False)
    method = Text(required=False, max_length=40, help_text="mpesa, card, upi, bank_transfer, … as GET /payment-types lists.")
    payment_method_id = Text(required=False, help_text="pm_…, instead of a method.")
    phone_number = Text(required=False, max_length=25)
    vpa = Text(required=False, max_length=120)
    card_token = Text(required=False, max_length=200)
    email = Text(required=False, max_length=200)
    name = Text(required=False, max_length=120)
    description = Text(required=False, max_length=120, default="")
    capture = serializers.ChoiceField(choices=PaymentRequest.Capture.choices, required=False, default="automatic")

    def validate(self, attributes: dict[str, Any]) -> dict[str, Any]:
        direct = [name for name in ("destination", "amount", "currency") if name in attributes]
        if "order_id" in attributes and direct:
            raise serializers.ValidationError({name: ["An order says this itself."] for name in direct})
        if "order_id" not in attributes and len(direct) < 3:
            missing = {"destination", "amount", "currency"} - set(direct)
            raise serializers.ValidationError({name: ["This is needed, or an order_id."] for name in sorted(missing)})
        if ("method" in attributes) == ("payment_method_id" in attributes):
            raise serializers.ValidationError({"method": ["Give a method or a payment_method_id, and not both."]})
        return attributes


class PaymentsView(PayerView):
    scopes = {"GET": READ, "POST": WRITE}
    quota = "money"

    @extend_schema(
        operation_id="payments_create",
        summary="Start a payment",
        description="Answers at once, pending; a worker calls the gateway. Without an order it needs an Idempotency-Key.",
        request=NewPaymentSerializer,
        responses={201: PaymentSerializer},
        examples=PAYMENTS,
    )
    @raises(MissingScope, MalformedId, KeyRequired, *OF_PAYING)
    @idempotent("payments.create")
    def post(self, request: Request) -> Response:
        wanted = self.read(request, NewPaymentSerializer)
        actor = self.caller(request).actor
        how, gateway = self._how(wanted, actor)
        if "order_id" in wanted:
            order_id = self._payable(request, wanted["order_id"])
            payment = pay_order(order_id=order_id, wanted=how, caller=actor, gateway=gateway)
        else:
            self._check_direct(request)
            payment = pay_account(
                destination=wanted["destination"],
                amount_minor=wanted["amount"],
                currency=wanted["currency"],
                wanted=how,
                caller=actor,
                gateway=gateway,
            )
        return Response(PaymentSerializer(payment, context=shown([payment])).data, status=201)

    @extend_schema(
        operation_id="payments_list",
        summary="Your payments, newest first",
        parameters=PARAMETERS,
        responses=PaymentSerializer(many=True),
    )
    @raises(MissingScope, MalformedId)
    def get(self, request: Request) -> Response:
        pages = IdCursor(filters=FILTERS)
        payments = pages.paginate_queryset(filtered(request, self.payments(request)), request)
        return pages.get_paginated_response(PaymentSerializer(payments, many=True, context=shown(payments)).data)

    def _payable(self, request: Request, order_id: str) -> Any:
        """The order's key. A signed-in payer may pay any order whose id they were given, a merchant and a browser their own."""
        caller = self.caller(request)
        if caller.user is not None:
            return parse_public_id("order", order_id)
        return self.order(request, order_id).pk

    def _check_direct(self, request: Request) -> None:
        if getattr(request, "client_order", None) is not None:
            raise Invalid(fields={"order_id": ["Your secret pays its order, and nothing else."]})
        if "Idempotency-Key" not in request.headers:
            raise KeyRequired

    def _how(self, wanted: dict[str, Any], actor: str) -> tuple[Wanted, str]:
        details = {name: wanted[name] for name in DETAILS if name in wanted}
        if "payment_method_id" in wanted:
            saved = saved_method(owner=actor, method_id=parse_public_id("pm", wanted["payment_method_id"]))
            details |= {"card_token": saved.token}
            return Wanted(saved.method, details, wanted["capture"], wanted["description"]), saved.gateway
        return Wanted(wanted["method"], details, wanted["capture"], wanted["description"]), ""


class PaymentView(PayerView):
    scopes = {"GET": READ}

    @extend_schema(operation_id="payments_read", summary="One payment", responses=PaymentSerializer)
    @raises(*REFUSED)
    def get(self, request: Request, payment_id: str) -> Response:
        return _answer(self.payment(request, payment_id))


class NewCaptureSerializer(StrictSerializer[Payment]):
    amount = AmountField(required=False, help_text="What was authorized, in minor units; the whole of it if you do not say.")


class CaptureView(PayerView):
    scopes = {"POST": WRITE}
    quota = "money"

    @extend_schema(
        operation_id="payments_capture",
        summary="Take what was authorized",
        request=NewCaptureSerializer,
        responses=PaymentSerializer,
        examples=[CAPTURE],
    )
    @raises(*REFUSED, NotCapturable, NothingToAsk, GatewayCannot)
    @idempotent("payments.capture", reaches_gateway=True)
    def post(self, request: Request, payment_id: str) -> Response:
        wanted = self.read(request, NewCaptureSerializer)
        payment = self.payment(request, payment_id)
        return _answer(capture(payment_id=payment.id, actor=self.caller(request).actor, amount_minor=wanted.get("amount")))


class CancelView(PayerView):
    scopes = {"POST": WRITE}

    @extend_schema(operation_id="payments_cancel", summary="Give up what is not taken", request=None, responses=PaymentSerializer)
    @raises(*REFUSED, NotCancellable, NothingToAsk, GatewayCannot)
    @idempotent("payments.cancel", reaches_gateway=True)
    def post(self, request: Request, payment_id: str) -> Response:
        return _answer(cancel(payment_id=self.payment(request, payment_id).id, actor=self.caller(request).actor))


class SyncView(PayerView):
    scopes = {"POST": READ}

    @extend_schema(operation_id="payments_sync", summary="Ask the gateway now", request=None, responses=PaymentSerializer)
    @raises(*REFUSED, NothingToAsk, GatewayTrouble)
    @idempotent("payments.sync", reaches_gateway=True)
    def post(self, request: Request, payment_id: str) -> Response:
        return _answer(sync(payment_id=self.payment(request, payment_id).id, actor=self.caller(request).actor))


class HistoryView(PayerView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="payments_history",
        summary="Every step of its life, newest first",
        responses=HistorySerializer(many=True),
    )
    @raises(*REFUSED)
    def get(self, request: Request, payment_id: str) -> Response:
        steps = PaymentHistory.objects.filter(payment_id=self.payment(request, payment_id).id)
        return self.page(request, steps, HistorySerializer)


class EvidenceView(PayerView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="payments_evidence",
        summary="All that is known of it, and where from",
        responses=EvidenceSerializer,
    )
    @raises(*REFUSED)
    def get(self, request: Request, payment_id: str) -> Response:
        payment = self.payment(request, payment_id)
        return Response(EvidenceSerializer(all_known(payment), context=shown([payment])).data)


def _answer(payment: Payment) -> Response:
    return Response(PaymentSerializer(payment, context=shown([payment])).data)
