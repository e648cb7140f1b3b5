"""`/merchants`: whoever sells through us opens a merchant, says what it is called, and keeps its keys.

A key's secret is told once, in the answer that made it, so these answers are never stored and take no idempotency key.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.api.auth import EmailField
from access.api.views import ANY_CALLER, CallerView
from access.callers import Caller
from access.errors import KeyAlreadyRotated, KeyNotValid, MerchantExists, MissingScope, UnknownApiKey, UnknownMerchant
from access.models import MERCHANT_SCOPES, ApiKey, Merchant, Scope
from access.services.api_keys import IssuedKey, issue_key, revoke_key, rotate_key
from access.services.merchants import change_merchant, open_merchant
from core.api.idempotent import idempotent
from core.api.schema import raises
from core.api.serializers import StrictSerializer, Text, WholeNumber
from core.errors import Forbidden

REASON = "Asked for over the API."
OVERLAP_HOURS = 24
LONGEST_OVERLAP_HOURS = 7 * 24


class MerchantSerializer(serializers.Serializer[Merchant]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    email = serializers.EmailField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class NewMerchantSerializer(StrictSerializer[Any]):
    name = Text(max_length=200)
    email = EmailField(max_length=254, required=False, help_text="Where we write to; your own address unless told otherwise.")


class MerchantChangesSerializer(StrictSerializer[Any]):
    name = Text(max_length=200, required=False)
    email = EmailField(max_length=254, required=False)


class ApiKeySerializer(serializers.Serializer[ApiKey]):
    id = serializers.CharField(source="key_id")
    label = serializers.CharField()  # type: ignore[assignment] # a field of this name, beside DRF's attribute
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class IssuedApiKeySerializer(ApiKeySerializer):
    secret = serializers.CharField(help_text="Shown this once.")
    replaces = serializers.CharField(allow_null=True, help_text="The key it takes over from.")


class NewApiKeySerializer(StrictSerializer[Any]):
    label = Text(max_length=100, required=False, default="", allow_blank=True)  # type: ignore[assignment] # as above
    scopes = serializers.ListField(
        child=serializers.ChoiceField([str(scope) for scope in MERCHANT_SCOPES]),
        required=False,
        min_length=1,
        help_text="All that the caller holds, unless told otherwise; never more.",
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate_expires_at(self, value: Any) -> Any:
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError("That is past already.")
        return value


class RotationSerializer(StrictSerializer[Any]):
    overlap_hours = WholeNumber(
        required=False,
        default=OVERLAP_HOURS,
        min_value=0,
        max_value=LONGEST_OVERLAP_HOURS,
        help_text="Both keys are good so long.",
    )


class MerchantsView(CallerView):
    scopes = {"POST": ANY_CALLER}

    @extend_schema(
        operation_id="merchants_create",
        summary="Open a merchant",
        description="For somebody who is signed in with their password; they may open one.",
        request=NewMerchantSerializer,
        responses={201: MerchantSerializer},
        examples=[OpenApiExample("A bookshop", {"name": "Makini Bookshop"}, request_only=True)],
    )
    @raises(Forbidden, MerchantExists)
    @idempotent("merchants.create")
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        if caller.user is None or not caller.is_person:
            raise Forbidden("Only somebody who is signed in with their password opens a merchant.")
        wanted = {"email": caller.user.email} | self.read(request, NewMerchantSerializer)
        return Response(MerchantSerializer(open_merchant(owner=caller.user, **wanted)).data, status=201)


class MerchantView(CallerView):
    """The merchant that the caller acts for: the key's, or that of whoever is signed in."""

    scopes = {"GET": ANY_CALLER, "PATCH": Scope.MERCHANT_WRITE}

    @extend_schema(operation_id="merchants_read", summary="Your merchant", responses=MerchantSerializer)
    @raises(UnknownMerchant)
    def get(self, request: Request) -> Response:
        return Response(MerchantSerializer(self.caller(request).acting_merchant()).data)

    @extend_schema(
        operation_id="merchants_change",
        summary="Change what your merchant is called and where we write to",
        request=MerchantChangesSerializer,
        responses=MerchantSerializer,
        examples=[OpenApiExample("A new name", {"name": "Makini Books"}, request_only=True)],
    )
    @raises(UnknownMerchant, MissingScope)
    def patch(self, request: Request) -> Response:
        caller = self.caller(request)
        changes = self.read(request, MerchantChangesSerializer)
        merchant = change_merchant(merchant=caller.acting_merchant(), actor=caller.actor, reason=REASON, **changes)
        return Response(MerchantSerializer(merchant).data)


class KeysView(CallerView):
    scopes = {"GET": Scope.KEYS_WRITE, "POST": Scope.KEYS_WRITE}

    @extend_schema(operation_id="keys_list", summary="Your merchant's keys, newest first", responses=ApiKeySerializer(many=True))
    @raises(UnknownMerchant, MissingScope)
    def get(self, request: Request) -> Response:
        return self.page(request, self.caller(request).acting_merchant().keys.all(), ApiKeySerializer)

    @extend_schema(
        operation_id="keys_issue",
        summary="Issue a key",
        description="The secret is shown once. A key issues no key that may do more than itself.",
        request=NewApiKeySerializer,
        responses={201: IssuedApiKeySerializer},
        examples=[OpenApiExample("A till", {"label": "till 2", "scopes": ["orders:read", "orders:write"]}, request_only=True)],
    )
    @raises(UnknownMerchant, MissingScope)
    def post(self, request: Request) -> Response:
        caller = self.caller(request)
        merchant = caller.acting_merchant()
        wanted = {"scopes": _most(caller)} | self.read(request, NewApiKeySerializer)
        _check_no_more_than(caller, wanted["scopes"])
        return _issued(issue_key(holder=merchant, actor=caller.actor, reason=REASON, **wanted))


class KeyView(CallerView):
    scopes = {"DELETE": Scope.KEYS_WRITE}

    @extend_schema(
        operation_id="keys_revoke",
        summary="Revoke a key",
        description="From the next request on, for good. A second time changes nothing.",
        responses={204: None},
    )
    @raises(UnknownApiKey, MissingScope)
    def delete(self, request: Request, key_id: str) -> Response:
        caller = self.caller(request)
        revoke_key(key=_key_of(caller, key_id), actor=caller.actor, reason=REASON)
        return Response(status=204)


class RotateKeyView(CallerView):
    scopes = {"POST": Scope.KEYS_WRITE}

    @extend_schema(
        operation_id="keys_rotate",
        summary="Replace a key by a new one",
        description="Both are good while they overlap. The new secret is shown once.",
        request=RotationSerializer,
        responses={201: IssuedApiKeySerializer},
        examples=[OpenApiExample("Two days to change over", {"overlap_hours": 48}, request_only=True)],
    )
    @raises(UnknownApiKey, MissingScope, KeyNotValid, KeyAlreadyRotated)
    def post(self, request: Request, key_id: str) -> Response:
        caller = self.caller(request)
        key = _key_of(caller, key_id)
        _check_no_more_than(caller, key.scopes)
        until = timezone.now() + timedelta(hours=self.read(request, RotationSerializer)["overlap_hours"])
        return _issued(rotate_key(key=key, valid_until=until, actor=caller.actor, reason=REASON))


def _key_of(caller: Caller, key_id: str) -> ApiKey:
    key = ApiKey.objects.filter(merchant=caller.acting_merchant(), key_id=key_id).first()
    if key is None:
        raise UnknownApiKey
    return key


def _most(caller: Caller) -> list[str]:
    return [str(scope) for scope in MERCHANT_SCOPES if caller.may(scope)]


def _check_no_more_than(caller: Caller, scopes: list[str]) -> None:
    if missing := sorted(set(scopes) - caller.scopes):
        raise MissingScope(f"Your own key does not have: {', '.join(missing)}.")


def _issued(issued: IssuedKey) -> Response:
    replaces = issued.key.replaces.key_id if issued.key.replaces else None
    return Response(ApiKeySerializer(issued.key).data | {"secret": issued.secret, "replaces": replaces}, status=201)
