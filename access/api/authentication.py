"""The three ways to prove who calls: a user's access token, a merchant's key and secret, a user's personal key.

Each authenticator looks at its own kind of credentials and gives `(user, Caller)`; for a merchant there is no user. Wrong ones
are 401, and two kinds at once 400, because then nobody can say on whose behalf the request is.
"""

from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from access.callers import Caller
from access.errors import TwoCredentials
from access.models import User
from access.services import sign_ins
from access.services.authentication import merchant_key, personal_key


class Authenticator(BaseAuthentication):
    """One kind of credentials: `kind` names it, `schemes` are its headers as OpenAPI describes them, by name."""

    kind: ClassVar[str]
    schemes: ClassVar[dict[str, dict[str, Any]]] = {}

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, Caller] | None:
        if self.kind not in _presented(request):
            return None
        caller = self.caller(request)
        return caller.user or AnonymousUser(), caller

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def caller(self, request: Request) -> Caller:
        raise NotImplementedError


class UserToken(Authenticator):
    """`Authorization: Bearer <access token>`, of a user who signed in."""

    kind = "user"
    schemes = {"accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Of POST /auth/login."}}

    def caller(self, request: Request) -> Caller:
        return Caller.of_sign_in(sign_ins.behind(access=_bearer(request)))


class MerchantKey(Authenticator):
    """`X-Api-Key: key_…` and `X-Api-Secret: secret_…`, of a merchant's server."""

    kind = "merchant"
    schemes = {
        "merchantKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "key_…"},
        "merchantSecret": {"type": "apiKey", "in": "header", "name": "X-Api-Secret", "description": "secret_…"},
    }

    def caller(self, request: Request) -> Caller:
        headers = request.headers
        return Caller.of_key(merchant_key(key_id=headers.get("X-Api-Key", ""), secret=headers["X-Api-Secret"]))


class PersonalKey(Authenticator):
    """`X-Api-Key: <key id>.<secret>` alone, of a user's scripts."""

    kind = "personal"
    schemes = {"personalKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "`<key id>.<secret>`"}}

    def caller(self, request: Request) -> Caller:
        return Caller.of_key(personal_key(presented=request.headers["X-Api-Key"]))


def _presented(request: Request) -> set[str]:
    """The kind of credentials that came, if any. Raises TwoCredentials."""
    kinds = set()
    if _bearer(request):
        kinds.add(UserToken.kind)
    if "X-Api-Secret" in request.headers:
        kinds.add(MerchantKey.kind)
    elif "X-Api-Key" in request.headers:
        kinds.add(PersonalKey.kind)
    if len(kinds) > 1:
        raise TwoCredentials
    return kinds


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
