"""How an operation describes itself in /openapi.json: its key, its refusals with their codes, its pages."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter

from core import errors, idempotency, problems
from core.api.reading import LengthRequired, TooLarge
from core.card_numbers import CardNumberRefused

Method = TypeVar("Method", bound=Callable[..., Any])
Refusal = type[errors.BursarError]

KEY = {"type": "string", "pattern": "^[!-~]{1,255}$"}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Branch on `code`, which is never renamed; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string", "description": "As in X-Request-ID, and in our log."},
        "errors": {
            "type": "object",
            "description": "What is wrong with each field, where fields are refused.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}


def raises(*refusals: Refusal) -> Callable[[Method], Method]:
    """What a view's method refuses with, besides what every method of its kind may; for the schema."""

    def note(method: Method) -> Method:
        method.raises = refusals  # type: ignore[attr-defined]
        return method

    return note


class OperationSchema(AutoSchema):
    """REST_FRAMEWORK's DEFAULT_SCHEMA_CLASS."""

    def get_description(self) -> str:  # type: ignore[override] # as the library itself overrides it
        """What `extend_schema` says, which comes before this; docstrings speak to whoever reads the code."""
        return ""

    def get_override_parameters(self) -> list[Any]:
        _, required = self._idempotency()
        if required is None:
            return []
        said = "Your name for this intent: the same key does it once and gets the same answer again, for a day."
        return [OpenApiParameter("Idempotency-Key", KEY, "header", required=required, description=said)]

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        component: Any = ResolvedComponent
        self.registry.register_on_missing(component(name="Problem", type=component.SCHEMA, object="Problem", schema=PROBLEM))
        by_status: dict[int, list[Refusal]] = {}
        for refusal in dict.fromkeys(self._refusals(operation)):
            by_status.setdefault(refusal.status, []).append(refusal)
        for status, refusals in sorted(by_status.items()):
            operation["responses"].setdefault(str(status), _answer(refusals))
        return operation

    def _refusals(self, operation: dict[str, Any]) -> Iterator[Refusal]:
        places = {parameter["in"] for parameter in operation.get("parameters", [])}
        if any(operation.get("security", [])):
            yield from (errors.Unauthenticated, errors.Forbidden)
        _, required = self._idempotency()
        # An operation that takes a key reads whatever body comes, to know a repetition from another request.
        if "requestBody" in operation or required is not None:
            yield from (errors.Unreadable, LengthRequired, TooLarge, problems.UnsupportedType, errors.Invalid, CardNumberRefused)
        if "query" in places:
            yield from (errors.Invalid, CardNumberRefused)
            if any(parameter["name"] == "cursor" for parameter in operation["parameters"]):
                yield errors.MalformedCursor
        if "path" in places:
            yield errors.NotFound
        if required is not None:
            yield from (idempotency.MalformedKey, idempotency.InProgress, idempotency.KeyReused)
        if required:
            yield idempotency.KeyRequired
        yield from getattr(self.view, "refusals", ())
        yield from getattr(self._handler(), "raises", ())
        yield from (problems.NotAcceptable, errors.TooMany, errors.Unavailable)

    def _idempotency(self) -> tuple[str, bool | None]:
        return getattr(self._handler(), "idempotency", ("", None))

    def _handler(self) -> Any:
        return getattr(self.view, self.method.lower(), None)


def _answer(refusals: list[Refusal]) -> dict[str, Any]:
    said = "\n".join(f"- `{refusal.code}`: {_message(refusal)}" for refusal in refusals)
    examples = {
        refusal.code: {
            "value": {
                "type": f"/docs/errors#{refusal.code}",
                "title": refusal.title,
                "status": refusal.status,
                "detail": _message(refusal),
                "code": refusal.code,
                "request_id": "01a1fe2d-8e67-71a6-922c-9f2fb2494b70",
            }
        }
        for refusal in refusals
    }
    media = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
    answer: dict[str, Any] = {"description": said, "content": {problems.CONTENT_TYPE: media}}
    if any(hasattr(refusal, "retry_after") or issubclass(refusal, errors.TooMany) for refusal in refusals):
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return answer


def _message(refusal: Refusal) -> str:
    return " ".join((refusal.__doc__ or "").split())
