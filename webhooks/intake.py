"""The door: what stands in front of Django and makes a gateway's delivery durable before it acknowledges it.

It authenticates raw bytes, refuses what is forged, too large, of the wrong type or no strict JSON object, and stores
everything else, once for each delivery: duplicates are decided when settling. No acknowledgement without a commit; when
PostgreSQL is away, or too much waits or arrives at once, the answer is 503 and the gateway comes again.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error, connections

from access import gateway_tokens
from core.crypto import keyring
from core.ids import new_id_text
from core.strict_json import NotStrict, read_object
from payments.gateways.base import Delivery, TurnedAway
from payments.gateways.registry import GATEWAYS
from webhooks.arriving import Arriving
from webhooks.doors import Door
from webhooks.metrics import REFUSED
from webhooks.microbatch import DatabaseIsAway, MicroBatcher, Overloaded, Row
from webhooks.nudge import Nudger
from webhooks.patience import Patience
from webhooks.rejects import RejectLog

logger = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CUT_OFF = "bursar.cut_off"
"""Stands in the scope of a request whose sender will send no more of it, and still listens."""
_AWAY = "The database is away, try again"


class Post(NamedTuple):
    """A POST to a door, whole. Names of headers are in small letters; `peer` is the address it came from."""

    door: Door
    headers: dict[bytes, bytes]
    raw: bytes
    peer: str


class Answer(NamedTuple):
    """What the sender hears, in JSON, and whether the connection ends with it."""

    status: int
    body: bytes
    close: bool = False

    def headers(self) -> list[tuple[bytes, bytes]]:
        told = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self.body))]
        if self.close:
            told.append((b"connection", b"close"))
        if self.status == 503:
            told.append((b"retry-after", b"1"))
        return told


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

    @property
    def is_open(self) -> bool:
        return self._batcher is not None

    async def start(self) -> None:
        await self._refresh_tokens()
        self._refresher = asyncio.create_task(self._keep_tokens_fresh(), name="intake-tokens")
        self.arriving = Arriving(settings.INTAKE_MAX_WAITING_BYTES)
        self._batcher = MicroBatcher(
            settings.INTAKE_DSN, max_waiting_bytes=settings.INTAKE_MAX_WAITING_BYTES, patience=settings.INTAKE_STORE_SECONDS
        )
        self._rejects = RejectLog(self._batcher.statements)
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
        """Answer one POST to a door, as an ASGI app does."""
        if self._batcher is None:
            await self.start()  # a server that speaks no lifespan: the first delivery starts what it needs
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        post = Post(door, dict(scope["headers"]), b"", str((scope.get("client") or ("",))[0]))
        try:
            _check_head(post.headers)
            post = post._replace(raw=await self._read(receive))
            if CUT_OFF in scope:
                raise _half()
        except Refused as refused:
            answer = self._refusal(post, refused)
        else:
            # Who hung up has cancelled the future; the row is stored all the same, and will settle.
            self.take(post, lambda answer: None if answered.done() else answered.set_result(answer))
            answer = await answered
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers()})
            await send({"type": "http.response.body", "body": answer.body})
        except OSError:
            return  # the caller has hung up; what was stored stays stored

    def take(self, post: Post, answer: Callable[[Answer], None]) -> None:
        """Call `answer` once: at once when the delivery is refused, else when it is committed, or was not."""
        try:
            body = self._examine(post)
            row = Row(new_id_text(), post.door.gateway, post.door.kind, keyring().seal(post.raw), time.time_ns() // 1000)
            self._store(row, partial(self._acknowledge, post, body, answer))
        except Refused as refused:
            answer(self._refusal(post, refused))

    def _acknowledge(self, post: Post, body: dict[str, Any], answer: Callable[[Answer], None], committed: bool) -> None:
        if committed:
            self._nudger.wake()
            answer(Answer(200, GATEWAYS[post.door.gateway].ack(kind=post.door.kind, body=body)))
        else:
            answer(self._refusal(post, Refused(503, _AWAY)))

    def _examine(self, post: Post) -> dict[str, Any]:
        _check_head(post.headers)
        if len(post.raw) > settings.INTAKE_MAX_BODY:
            raise _too_much()
        if self._tokens is None:
            raise Refused(503, _AWAY)
        gateway, kind = GATEWAYS[post.door.gateway], post.door.kind
        try:
            known = gateway.authenticate(Delivery(kind, post.headers, post.door.token, post.raw, self._tokens, post.peer))
        except TurnedAway as refused:
            raise Refused(refused.status, refused.message) from refused
        if not known:
            raise Refused(401, "The credentials or the signature are missing or wrong")
        try:
            body = read_object(post.raw)
        except NotStrict as unreadable:
            raise Refused(400, f"The body must be one strict JSON object: {unreadable}") from unreadable
        lacking = gateway.missing(kind=kind, body=body)
        if lacking:
            raise Refused(400, lacking)
        return body

    def _store(self, row: Row, told: Callable[[bool], None]) -> None:
        if self._batcher is None:
            raise Refused(503, "The service is stopping")
        try:
            self._batcher.store(row, told)
        except Overloaded:
            raise Refused(503, "Too much is waiting, try again") from None
        except DatabaseIsAway:
            raise Refused(503, _AWAY) from None

    async def _read(self, receive: Receive) -> bytes:
        """The whole body. Raises Refused: 413 for too much, 408 for too slow, 400 for half of one, 503 beside too many others."""
        try:
            return await self._patience.bear_with(_gather(receive, self.arriving))
        except TimeoutError:
            raise Refused(408, "The body came too slowly", close=True) from None

    def _refusal(self, post: Post, refused: Refused) -> Answer:
        door = post.door
        REFUSED.labels(door.gateway, refused.status).inc()
        if refused.status < 500:
            self._rejects.note(
                gateway=door.gateway,
                status=refused.status,
                reason=refused.message,
                size=len(post.raw),
                sample=post.raw,
                address=post.peer,
            )
        return Answer(
            refused.status, GATEWAYS[door.gateway].refusal(kind=door.kind, message=refused.message), close=refused.close
        )

    async def _keep_tokens_fresh(self) -> None:
        while True:
            await asyncio.sleep(gateway_tokens.REFRESH_SECONDS if self._tokens else 0.5)
            await self._refresh_tokens()

    async def _refresh_tokens(self) -> None:
        try:
            self._tokens = await asyncio.to_thread(_load_tokens)
        except Exception as failed:  # the tokens known so far stay in force, and the next time may go well
            logger.warning("gateway tokens could not be refreshed: %s", failed, exc_info=not isinstance(failed, Error))


def _load_tokens() -> gateway_tokens.Snapshot:
    try:
        return gateway_tokens.load()
    finally:
        connections.close_all()  # this thread's own connection; threads of the pool come and go


def _check_head(headers: dict[bytes, bytes]) -> None:
    """Raises Refused: 415 for what is no plain JSON, 413 for what is announced to be too much of it."""
    if not _is_json(headers.get(b"content-type", b"")):
        raise Refused(415, "The content type must be application/json in UTF-8", close=True)
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refused(415, "A compressed body is not read", close=True)
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced[:20]) > settings.INTAKE_MAX_BODY:
        raise _too_much()


@lru_cache(maxsize=64)
def _is_json(content_type: bytes) -> bool:
    """Remembered: a gateway spells it in one way."""
    media_type, _, parameters = content_type.lower().partition(b";")
    return media_type.strip() == b"application/json" and (b"charset" not in parameters or b"utf-8" in parameters)


async def _gather(receive: Receive, arriving: Arriving) -> bytes:
    chunks, size, held, more = [], 0, 0, True
    try:
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _half()
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            more = message.get("more_body", False)
            if size > settings.INTAKE_MAX_BODY:
                raise _too_much()
            if more:  # what came at once is held by nobody
                if not arriving.hold(size - held):
                    raise Refused(503, "Too much is arriving, try again", close=True)
                held = size
    finally:
        arriving.let_go(held)
    return b"".join(chunks)


def _half() -> Refused:
    return Refused(400, "The connection closed before the body ended", close=True)


def _too_much() -> Refused:
    return Refused(413, f"The body may have {settings.INTAKE_MAX_BODY} bytes", close=True)
