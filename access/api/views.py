"""The ground of every view that a known caller reaches."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from access.api.authentication import MerchantKey, PersonalKey, UserToken
from access.callers import Caller
from access.errors import MissingScope, TwoCredentials
from core.api.views import ApiView
from core.errors import Unauthenticated

ANY_CALLER = ""
"""The scope of what every caller may do."""
_METHODS = ("get", "post", "put", "patch", "delete")


class NeedsScope(BasePermission):
    """The caller is known, and holds what the view's `scopes` names for the method. Raises Unauthenticated and MissingScope."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        caller = request.auth
        if not isinstance(caller, Caller):
            raise Unauthenticated
        method = "GET" if request.method == "HEAD" else str(request.method)
        scope = getattr(view, "scopes", {}).get(method, ANY_CALLER)
        if scope != ANY_CALLER and not caller.may(scope):
            raise MissingScope(f"This needs a key with the scope {scope}.")
        return True


class CallerView(ApiView):
    """Answers known callers. `scopes` names, for every method it answers, what the caller must hold, or ANY_CALLER."""

    authentication_classes = [UserToken, MerchantKey, PersonalKey]
    permission_classes = [NeedsScope]
    scopes: ClassVar[Mapping[str, str]] = {}
    refusals = (TwoCredentials,)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if forgotten := [method for method in _METHODS if hasattr(cls, method) and method.upper() not in cls.scopes]:
            raise TypeError(f"{cls.__name__}.scopes says nothing about {', '.join(forgotten)}")

    def caller(self, request: Request) -> Caller:
        """Who calls; NeedsScope has made sure of it."""
        if not isinstance(request.auth, Caller):
            raise Unauthenticated
        return request.auth
