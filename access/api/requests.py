"""`GET /requests/{key}?operation=`: a caller who lost the answer asks where the request stands."""

import json
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.api.views import ANY_CALLER, CallerView
from core.api.schema import raises
from core.errors import Invalid
from core.idempotency import UnknownRequest, standing_of
from core.models import IdempotencyKey


class KeyedRequestSerializer(serializers.Serializer[IdempotencyKey]):
    key = serializers.CharField()
    operation = serializers.CharField()
    state = serializers.SerializerMethodField(help_text="in_progress or done.")
    reply_status = serializers.IntegerField(source="status", allow_null=True, help_text="The HTTP status it was answered with.")
    reply = serializers.SerializerMethodField(help_text="What it was answered, none while it is in progress.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="Until when the reply is kept.")

    def get_state(self, row: IdempotencyKey) -> str:
        return "in_progress" if row.is_in_progress else "done"

    def get_reply(self, row: IdempotencyKey) -> dict[str, Any] | None:
        return json.loads(bytes(row.body)) if row.body else None


class RequestView(CallerView):
    scopes = {"GET": ANY_CALLER}

    @extend_schema(
        operation_id="requests_read",
        summary="Where a request with an idempotency key stands",
        parameters=[OpenApiParameter("operation", str, required=True, description="As orders.create or payments.create.")],
        responses=KeyedRequestSerializer,
    )
    @raises(UnknownRequest)
    def get(self, request: Request, key: str) -> Response:
        operation = request.query_params.get("operation", "")
        if not operation:
            raise Invalid(fields={"operation": ["Say which operation the key was used for."]})
        row = standing_of(caller=self.caller(request).actor, operation=operation, key=key)
        return Response(KeyedRequestSerializer(row).data)
