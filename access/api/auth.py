"""`/auth`: sign up, sign in, get the next tokens, sign out. Tokens and passwords are in no stored reply, so no key is taken here.

Signing up tells whether an address is taken. With an account that can be used at once that is unavoidable: whoever tries to sign
in afterwards would learn it anyway. So it is said plainly, and an address on the network may ask only a few times an hour.
Signing in tells nothing: an unknown address, a wrong password and a disabled user are one answer after one hash.
"""

from typing import Any

from django.contrib import auth
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.errors import EmailTaken, InvalidApiKey, InvalidToken, WrongCredentials
from access.models import User
from access.services import sign_ins
from access.services.authentication import users_key
from access.services.sign_ins import Tokens
from access.services.users import sign_up
from access.signing_in import attempts
from core.api.schema import raises
from core.api.serializers import StrictSerializer, Text
from core.api.views import ApiView
from core.errors import TooMany
from core.ids import public_id
from core.limits import spend
from core.peers import address_of, network_of

SIGN_UPS = "10/1h"
REFRESHES = "120/5m"


class Secret(Text):
    """A text that is taken as it was typed, and never given back."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, write_only=True, max_length=1024, **options)


class EmailField(serializers.EmailField):
    """In lower case, as accounts are kept."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data)).lower()


class SignUpSerializer(StrictSerializer[Any]):
    email = EmailField(max_length=254)
    password = Secret(help_text="Ten characters or more, and none of the common ones.")
    full_name = Text(max_length=200, required=False, default="")


class LoginSerializer(StrictSerializer[Any]):
    email = EmailField(max_length=254)
    password = Secret(required=False)
    api_key = Secret(required=False, help_text="`<key id>.<secret>`, of the user or of a merchant of theirs.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("password" in attrs) == ("api_key" in attrs):
            raise serializers.ValidationError("Send either a password or an api_key.")
        return attrs


class RefreshSerializer(StrictSerializer[Any]):
    refresh = Secret(help_text="The newest refresh token; it is good for one exchange.")


class UserSerializer(serializers.Serializer[User]):
    id = serializers.SerializerMethodField()
    email = serializers.EmailField()
    full_name = serializers.CharField()

    def get_id(self, user: User) -> str:
        return public_id("user", user.pk)


class TokensSerializer(serializers.Serializer[Tokens]):
    access = serializers.CharField(help_text="`Authorization: Bearer <access>`")
    refresh = serializers.CharField()
    token_type = serializers.CharField(default="Bearer")
    expires_in = serializers.IntegerField(help_text="Seconds until the access token expires.")
    user = UserSerializer()


class AuthView(ApiView):
    """Answers anybody: who they are is what is being found out."""

    authentication_classes = []
    permission_classes = []


class SignUpView(AuthView):
    @extend_schema(
        operation_id="auth_signup",
        summary="Sign up",
        auth=[],
        request=SignUpSerializer,
        responses={201: TokensSerializer},
        examples=[OpenApiExample("Amina", {"email": "amina@example.com", "password": "a long pass phrase"}, request_only=True)],
    )
    @raises(EmailTaken)
    def post(self, request: Request) -> Response:
        wanted = self.read(request, SignUpSerializer)
        _count(request, "sign_up", SIGN_UPS)
        return _tokens(sign_ins.start(user=sign_up(**wanted)), status=201)


class LoginView(AuthView):
    @extend_schema(
        operation_id="auth_login",
        summary="Sign in with a password or an API key",
        auth=[],
        request=LoginSerializer,
        responses=TokensSerializer,
        examples=[OpenApiExample("A password", {"email": "test@example.com", "password": "test123"}, request_only=True)],
    )
    @raises(WrongCredentials)
    def post(self, request: Request) -> Response:
        sent = self.read(request, LoginSerializer)
        attempts.count_password(request._request, sent["email"])
        if "api_key" in sent:
            return _tokens(_by_key(sent["email"], sent["api_key"]))
        user = auth.authenticate(request._request, username=sent["email"], password=sent["password"])
        if not isinstance(user, User):
            raise WrongCredentials
        return _tokens(sign_ins.start(user=user))


class RefreshView(AuthView):
    @extend_schema(
        operation_id="auth_refresh",
        summary="Exchange a refresh token for the next pair",
        description="A refresh token that was exchanged before ends its whole family: sign in again.",
        auth=[],
        request=RefreshSerializer,
        responses=TokensSerializer,
        examples=[OpenApiExample("The newest one", {"refresh": "refresh_…"}, request_only=True)],
    )
    @raises(InvalidToken)
    def post(self, request: Request) -> Response:
        presented = self.read(request, RefreshSerializer)["refresh"]
        _count(request, "refresh", REFRESHES)
        return _tokens(sign_ins.refresh(presented=presented))


class LogoutView(AuthView):
    @extend_schema(
        operation_id="auth_logout",
        summary="Sign out",
        description="Ends the refresh token's family and its access tokens. A token that is unknown changes nothing.",
        auth=[],
        request=RefreshSerializer,
        responses={204: None},
        examples=[OpenApiExample("The newest one", {"refresh": "refresh_…"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        sign_ins.end(presented=self.read(request, RefreshSerializer)["refresh"])
        return Response(status=204)


def _by_key(email: str, presented: str) -> Tokens:
    try:
        user, key = users_key(email=email, presented=presented)
    except InvalidApiKey as wrong:
        raise WrongCredentials from wrong
    return sign_ins.start(user=user, key=key)


def _count(request: Request, group: str, rate: str) -> None:
    """One more of these from this address. Raises TooMany, and LimiterAway when nothing can be counted."""
    usage = spend(request._request, group=f"auth:{group}", key=network_of(address_of(request._request)), rate=rate)
    if usage.exceeded:
        raise TooMany(retry_after=usage.seconds_left)


def _tokens(tokens: Tokens, status: int = 200) -> Response:
    return Response(TokensSerializer(tokens).data, status=status)
