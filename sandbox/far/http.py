"""Requests and replies of the far side, and the little routing it needs."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is what follows the gateway's prefix, percent-encoding kept; `named` are the parts the route's pattern names."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes
    named: dict[str, str]

    def json(self) -> dict[str, Any]:
        """The body as an object; raises Refused with 400 for anything else."""
        try:
            read = json.loads(self.raw)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise Refused(Reply(400, {"error": "the body is no JSON object"}))
        return read

    def form(self) -> dict[str, str]:
        """The body as a form, `a[b]` names kept as they are."""
        return {name: values[-1] for name, values in parse_qs(self.raw.decode(), keep_blank_values=True).items()}


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is an object to be written as JSON, or bytes as they are."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Refused(Exception):
    """The request ends here, with this reply."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(f"{reply.status}")


Handler = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """`pattern` matches the whole path behind the prefix: `/v1/orders/(?P<id>[^/]+)`."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler


def route(method: str, pattern: str, handler: Handler) -> Route:
    return Route(method, re.compile(pattern), handler)


def find(routes: Iterable[Route], method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
    """The handler of a path and what its pattern named."""
    for candidate in routes:
        if candidate.method == method and (match := candidate.pattern.fullmatch(path)):
            return candidate.handler, match.groupdict()
    return None
