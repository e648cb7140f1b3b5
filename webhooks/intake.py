"""The door: a small ASGI app in front of Django that makes a gateway's delivery durable before it acknowledges it.

It authenticates raw bytes, refuses what is forged, too large, of the wrong type or no strict JSON object, and stores
everything else, once for each delivery: duplicates are decided when settling. No acknowledgement without a commit; when
PostgreSQL is away, or too much waits, the answer is 503 and the gateway comes again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections

from access import gateway_tokens
from core.crypto import keyring
from core.ids import new_id_text
from core.strict_json import NotStrict, read_object
from payments.gateways.base import Delivery, InboundGateway, TurnedAway
from payments.gateways.registry import GATEWAYS
from webhooks.doors import Door
from webhooks.metrics import REFUSED, acked
from webhooks.microbatch import DatabaseIsAway, MicroBatcher, Overloaded, Row
from webhooks.nudge import Nudger
from webhooks.patience import Patience
from webhooks.rejects import RejectLog

logger = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_JSON = (b"content-type", b"application/json")
_CLOSE = (b"connection", b"close")
_RETRY = (b"retry-after", b"1")


class Refused(Exception):
    """The door says no: an HTTP status and a message in plain words."""

    def __init__(self, status: int, message: str, *, close: bool = False) -> None:
        self.status, self.message, self.close = status, message, close
        super().__init__(message)


class Intake:
    """One per process, started and stopped with the server's lifespan."""

    def __init__(self) -> None:
        self._batcher: MicroBatcher | None = None
        self._tokens: gateway_tokens.Snapshot | None = None

    async def start(self) -> None:
        await self._refresh_tokens()
        self._refresher = asyncio.create_task(self._keep_tokens_fresh(), name="intake-tokens")
        self._batcher = MicroBatcher(settings.INTAKE_DSN, max_waiting_bytes=settings.INTAKE_MAX_WAITING_BYTES)
        self._rejects = RejectLog(self._batcher)
        self._nudger = Nudger("webhooks.drain")
        self._patience = Patience(settings.INTAKE_BODY_SECONDS)

    async def stop(self) -> None:
        """Commit what waits. The server has let requests under way finish before it calls this."""
        if self._batcher is not None:
            self._refresher.cancel()
            await self._patience.stop()
            await self._rejects.stop()
            await self._batcher.stop()
            await asyncio.to_thread(self._nudger.stop)

    async def handle(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one POST to a door."""
        if self._batcher is None:
            await self.start()  # a server that speaks no lifespan: the first delivery starts what it needs
        gateway = GATEWAYS[door.gateway]
        raw = b""
        try:
            headers = dict(scope["headers"])
            raw = await _read(headers, receive, self._patience)
            body = self._examine(gateway, door, headers, raw, _peer(scope))
            await self._store(door, raw)
        except Refused as refused:
            REFUSED.labels(door.gateway, refused.status).inc()
            if refused.status < 500:
                self._note(door, scope, refused, raw)
            await _answer(send, refused.status, gateway.refusal(kind=door.kind, message=refused.message), close=refused.close)
        else:
            acked(door.gateway).inc()
            await _answer(send, 200, gateway.ack(kind=door.kind, body=body))

    def _examine(self, gateway: InboundGateway, door: Door, headers: dict[bytes, bytes], raw: bytes, peer: str) -> dict[str, Any]:
        if self._tokens is None:
            raise Refused(503, "The database is away, try again")
        delivery = Delivery(door.kind, headers, door.token, raw, self._tokens, peer)
        try:
            known = gateway.authenticate(delivery)
        except TurnedAway as refused:
            raise Refused(refused.status, refused.message) from refused
        if not known:
            raise Refused(401, "The credentials or the signature are missing or wrong")
        try:
            body = read_object(raw)
        except NotStrict as unreadable:
            raise Refused(400, f"The body must be one strict JSON object: {unreadable}") from unreadable
        lacking = gateway.missing(kind=door.kind, body=body)
        if lacking:
            raise Refused(400, lacking)
        return body

    async def _store(self, door: Door, raw: bytes) -> None:
        if self._batcher is None:
            raise Refused(503, "The service is stopping")
        row = Row(new_id_text(), door.gateway, door.kind, keyring().seal(raw), datetime.now(UTC))
        try:
            await self._batcher.store(row)
        except Overloaded:
            raise Refused(503, "Too much is waiting, try again") from None
        except DatabaseIsAway:
            raise Refused(503, "The database is away, try again") from None
        self._nudger.wake()

    def _note(self, door: Door, scope: Scope, refused: Refused, raw: bytes) -> None:
        self._rejects.note(
            gateway=door.gateway, status=refused.status, reason=refused.message, size=len(raw), sample=raw, address=_peer(scope)
        )

    async def _keep_tokens_fresh(self) -> None:
        while True:
            await asyncio.sleep(gateway_tokens.REFRESH_SECONDS if self._tokens else 0.5)
            await self._refresh_tokens()

    async def _refresh_tokens(self) -> None:
        try:
            self._tokens = await asyncio.to_thread(_load_tokens)
        except DatabaseError as away:  # the tokens known so far stay in force until the database is back
            logger.warning("gateway tokens could not be refreshed: %s", away)


def _load_tokens() -> gateway_tokens.Snapshot:
    try:
        return gateway_tokens.load()
    finally:
        connections.close_all()  # this thread's own connection; threads of the pool come and go


def _peer(scope: Scope) -> str:
    client = scope.get("client") or ("", 0)
    return str(client[0])


async def _read(headers: dict[bytes, bytes], receive: Receive, patience: Patience) -> bytes:
    """The whole body. Raises Refused: 415 for what is no plain JSON, 413 for too much of it, 408 for too slow."""
    media_type, _, parameters = headers.get(b"content-type", b"").partition(b";")
    if media_type.strip().lower() != b"application/json" or (
        b"charset" in parameters.lower() and b"utf-8" not in parameters.lower()
    ):
        raise Refused(415, "The content type must be application/json in UTF-8", close=True)
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refused(415, "A compressed body is not read", close=True)
    limit = settings.INTAKE_MAX_BODY
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise Refused(413, f"The body may have {limit} bytes", close=True)
    try:
        return await patience.bear_with(_gather(receive, limit))
    except TimeoutError:
        raise Refused(408, "The body came too slowly", close=True) from None


async def _gather(receive: Receive, limit: int) -> bytes:
    message = await receive()
    raw: bytes = message.get("body", b"")
    if not message.get("more_body", False) and message["type"] == "http.request" and len(raw) <= limit:
        return raw
    chunks, size = [raw], len(raw)
    while message["type"] == "http.request" and message.get("more_body", False):
        if size > limit:
            raise Refused(413, f"The body may have {limit} bytes", close=True)
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
    if size > limit:
        raise Refused(413, f"The body may have {limit} bytes", close=True)
    if message["type"] == "http.disconnect":
        raise Refused(400, "The connection closed before the body ended", close=True)
    return b"".join(chunks)


async def _answer(send: Send, status: int, body: bytes, *, close: bool = False) -> None:
    headers = [_JSON, (b"content-length", b"%d" % len(body))]
    if close:
        headers.append(_CLOSE)
    if status == 503:
        headers.append(_RETRY)
    try:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
    except OSError:
        return  # the caller has hung up; what was stored stays stored
