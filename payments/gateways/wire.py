"""Calls to a gateway: one pool of connections for each, explicit timeouts, and every failure sorted by the one question
that matters: may it have been done?

A `Wire` lives for one attempt and remembers what was said over it, for the attempt's row.
"""

import atexit
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from threading import Lock
from typing import Any, NamedTuple

import httpx2
from django.conf import settings

from payments.errors import Misconfigured, NotSent, OutcomeUnknown

__all__ = ["Answer", "Exchange", "Misconfigured", "NotSent", "OutcomeUnknown", "Wire", "spelled"]

CONNECT_SECONDS, POOL_SECONDS = 3.0, 2.0
MAX_ANSWER = 1024 * 1024
HIDDEN = "•••"


class Exchange(NamedTuple):
    """One request and its answer as they were on the wire; status 0 when none came."""

    method: str
    url: str
    request: bytes
    status: int
    response: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `json()` reads numbers as Decimal."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object. Raises OutcomeUnknown for HTML and other things no contract speaks of."""
        try:
            read = json.loads(self.body, parse_float=Decimal, parse_int=int)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise OutcomeUnknown(f"The answer ({self.status}) is no JSON object.")
        return read


class Wire:
    """The way to one gateway, for one attempt. `exchanges` is what was said, without what was marked secret."""

    def __init__(self, gateway: str, base_url: str, *, answer_seconds: float = 0.0) -> None:
        self.gateway = gateway
        self.base_url = base_url.rstrip("/")
        self.answer_seconds = answer_seconds or settings.GATEWAY_ANSWER_SECONDS
        self.exchanges: list[Exchange] = []

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        secret: bool = False,
        hide: Collection[str] = (),
    ) -> Answer:
        """Send JSON and read the answer, whatever its status: 4xx and 5xx are the adapter's to read.

        Raises NotSent when no connection came about, OutcomeUnknown when the request went out and no answer came back.
        Amounts in `body` may be Decimal; they are written as the numbers they are. `secret` keeps the exchange out of the record,
        `hide` the values of these fields of `body`.
        """
        content = noted = b"" if body is None else spelled(body)
        if body is not None and hide:
            noted = spelled({name: HIDDEN if name in hide else value for name, value in body.items()})
        sent = {
            "accept": "application/json",
            **({"content-type": "application/json"} if body is not None else {}),
            **(headers or {}),
        }
        url = self.base_url + path
        try:
            response = pool(self.base_url).request(
                method,
                url,
                content=content,
                headers=sent,
                auth=auth,
                timeout=httpx2.Timeout(self.answer_seconds, connect=CONNECT_SECONDS, pool=POOL_SECONDS),
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as unreachable:
            self._note(secret, Exchange(method, url, noted, 0, str(unreachable).encode()))
            raise NotSent(f"{self.gateway} could not be reached.") from unreachable
        except httpx2.HTTPError as lost:
            self._note(secret, Exchange(method, url, noted, 0, type(lost).__name__.encode()))
            raise OutcomeUnknown(f"{self.gateway} did not answer in time.") from lost
        answer = response.content[:MAX_ANSWER]
        self._note(secret, Exchange(method, url, noted, response.status_code, answer))
        return Answer(response.status_code, answer)

    def _note(self, secret: bool, exchange: Exchange) -> None:
        if not secret:
            self.exchanges.append(exchange)


def spelled(body: Mapping[str, Any]) -> bytes:
    """JSON in which a Decimal is a number, to the last digit: never by way of a float."""
    return _encode(body).encode()


def _encode(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(name))}:{_encode(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_encode(inner) for inner in value) + "]"
    if isinstance(value, float):
        raise TypeError("money never travels as a float")
    return json.dumps(value)


_POOLS: dict[str, httpx2.Client] = {}
_MAKING = Lock()


def pool(base_url: str) -> httpx2.Client:
    """The connections of this process to one gateway, kept alive between calls; new ones where somebody has closed them. No
    redirects: a gateway has no business sending our credentials elsewhere.
    """
    with _MAKING:
        client = _POOLS.get(base_url)
        if client is None or client.is_closed:
            limits = httpx2.Limits(max_connections=32, max_keepalive_connections=8, keepalive_expiry=30)
            client = _POOLS[base_url] = httpx2.Client(limits=limits, follow_redirects=False, trust_env=False)
            atexit.register(client.close)
        return client
