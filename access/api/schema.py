"""How /openapi.json describes the ways to prove who calls. Imported with the schema alone."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class CallerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the library is half typed
    """Each authenticator's own `schemes`: headers that go together, by name."""

    target_class = "access.api.authentication.Authenticator"
    match_subclasses = True

    @property
    def name(self) -> list[str]:  # type: ignore[override] # the library only reads it
        return list(self.target.schemes)

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return list(self.target.schemes.values())
