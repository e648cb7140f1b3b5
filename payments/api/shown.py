"""How orders and payments look to callers: amounts in minor units beside their currency, times in UTC, ids with their prefix."""

import json
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.ids import public_id
from ledger import chart
from payments.models import Order, Payment, PaymentAttempt, PaymentHistory, PaymentRequest, SavedMethod


class OrderSerializer(serializers.ModelSerializer[Order]):
    id = serializers.CharField(source="public_id")
    amount = serializers.IntegerField(source="amount_minor", help_text="In the currency's minor unit.")
    client_secret = serializers.SerializerMethodField(help_text="For the payer's browser; only the merchant is shown it.")
    checkout_url = serializers.SerializerMethodField(help_text="A page of ours where the order can be paid.")
    paid_by = serializers.SerializerMethodField(help_text="The payment that paid it.")

    class Meta:
        model = Order
        fields = [
            "id", "amount", "currency", "status", "receipt", "notes", "bill_reference", "client_secret", "checkout_url",
            "paid_by", "expires_at", "created_at", "paid_at",
        ]  # fmt: skip

    def get_client_secret(self, order: Order) -> str | None:
        return order.client_secret if self.context.get("is_merchant") else None

    def get_checkout_url(self, order: Order) -> str:
        return f"{settings.PUBLIC_URL}/checkout/{order.public_id}"

    def get_paid_by(self, order: Order) -> str | None:
        return public_id("pay", order.paid_payment_id) if order.paid_payment_id else None


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    """Needs `requests` in its context: the PaymentRequest of each payment that has one, by payment id."""

    id = serializers.CharField(source="public_id")
    order_id = serializers.SerializerMethodField()
    amount = serializers.IntegerField(source="amount_minor", help_text="In the currency's minor unit.")
    received = serializers.IntegerField(source="received_minor", help_text="What has come so far, in minor units.")
    destination = serializers.SerializerMethodField(help_text="Whose account it is for: student:…, merchant:…")
    details = serializers.SerializerMethodField(help_text="What may be seen of the phone, the VPA or the card.")
    next_action = serializers.SerializerMethodField(help_text="What the payer has to do now: a link, a prompt, an account.")
    failure = serializers.SerializerMethodField(help_text="A stable word for why it failed.")
    capture = serializers.SerializerMethodField()
    expires_at = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields = [
            "id", "order_id", "status", "amount", "received", "currency", "method", "gateway", "destination", "reference",
            "details", "next_action", "failure", "capture", "expires_at", "created_at", "settled_at",
        ]  # fmt: skip

    def get_order_id(self, payment: Payment) -> str | None:
        return public_id("order", payment.order_id) if payment.order_id else None

    def get_destination(self, payment: Payment) -> str:
        return chart.owner_of(payment.named_account)

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_details(self, payment: Payment) -> dict[str, Any]:
        request = self._request(payment)
        return request.shown if request else {}

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_next_action(self, payment: Payment) -> dict[str, Any] | None:
        request = self._request(payment)
        if request is None or not request.payer_action or payment.status not in ("created", "pending", "requires_action"):
            return None
        return json.loads(request.payer_action)  # type: ignore[no-any-return]

    def get_failure(self, payment: Payment) -> str | None:
        if payment.status not in ("failed", "expired", "cancelled", "voided"):
            return None
        return self.context.get("failures", {}).get(payment.id) or str(payment.status)

    def get_capture(self, payment: Payment) -> str:
        request = self._request(payment)
        return request.capture if request else PaymentRequest.Capture.AUTOMATIC.value

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_expires_at(self, payment: Payment) -> Any:
        request = self._request(payment)
        return request.expires_at if request else None

    def _request(self, payment: Payment) -> PaymentRequest | None:
        return self.context["requests"].get(payment.id)  # type: ignore[no-any-return]


def shown(payments: list[Payment]) -> dict[str, Any]:
    """The context that PaymentSerializer needs for these payments: two queries, however many they are."""
    ids = [payment.id for payment in payments]
    ended = [payment.id for payment in payments if payment.status in ("failed", "expired", "cancelled", "voided")]
    steps = PaymentHistory.objects.filter(payment_id__in=ended).exclude(reason="").order_by("id") if ended else []
    return {
        "requests": PaymentRequest.objects.in_bulk(ids),
        "failures": {step.payment_id: step.reason for step in steps},
    }


class HistorySerializer(serializers.ModelSerializer[PaymentHistory]):
    id = serializers.UUIDField()
    booked = serializers.IntegerField(source="booked_minor", help_text="Money this step booked, in minor units.")

    class Meta:
        model = PaymentHistory
        fields = [
            "id",
            "from_status",
            "to_status",
            "booked",
            "source",
            "evidence",
            "actor",
            "reason",
            "occurred_at",
            "recorded_at",
        ]


class AttemptSerializer(serializers.ModelSerializer[PaymentAttempt]):
    class Meta:
        model = PaymentAttempt
        fields = ["operation", "status", "outcome", "tries", "actor", "prepared_at", "sent_at", "answered_at"]


class KeySerializer(serializers.Serializer[dict[str, Any]]):
    kind = serializers.CharField()
    reference = serializers.CharField()
    booked = serializers.IntegerField(source="booked_minor", allow_null=True, help_text="What it booked, in minor units.")


class HeardSerializer(serializers.Serializer[dict[str, Any]]):
    id = serializers.CharField()
    verdict = serializers.CharField()
    reason = serializers.CharField()
    received_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField()


class BookedSerializer(serializers.Serializer[dict[str, Any]]):
    reference = serializers.CharField()
    debit = serializers.CharField()
    credit = serializers.CharField()
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    effective_at = serializers.DateTimeField()


class EvidenceSerializer(serializers.Serializer[dict[str, Any]]):
    """Everything that is known of a payment, and where it is known from."""

    payment = PaymentSerializer()
    gateway_references = KeySerializer(many=True)
    inbound_events = HeardSerializer(many=True)
    attempts = AttemptSerializer(many=True)
    transfers = BookedSerializer(many=True)
    history = HistorySerializer(many=True)


class MethodSerializer(serializers.Serializer[Any]):
    method = serializers.CharField(source="name")
    title = serializers.CharField()
    fields_needed = serializers.ListField(child=serializers.CharField(), source="fields")
    fields_taken = serializers.ListField(child=serializers.CharField(), source="optional")
    currencies = serializers.SerializerMethodField(help_text="null: any that a gateway takes.")
    description = serializers.CharField(source="in_words")

    def get_currencies(self, method: Any) -> list[str] | None:
        return sorted(method.currencies) if method.currencies is not None else None


class SavedMethodSerializer(serializers.ModelSerializer[SavedMethod]):
    id = serializers.CharField(source="public_id")

    class Meta:
        model = SavedMethod
        fields = ["id", "method", "gateway", "brand", "last4", "exp_month", "exp_year", "is_default", "created_at"]
