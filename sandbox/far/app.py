"""The far side as an ASGI app: `/<gateway>/…` is that gateway's API, `/control/…` turns the dial and tells the truth."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from sandbox.far.dial import LONGEST, drawn, measured, whole
from sandbox.far.gateways import GATEWAYS
from sandbox.far.http import Handler, Refused, Reply, Request, Route, find, route
from sandbox.far.world import World

logger = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class FarSide:
    """All the gateways there are, in one server."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._routes: dict[str, Sequence[Route]] = {name: build(world) for name, build in GATEWAYS.items()}
        self._routes["control"] = _control(world)
        self._living: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            reply = await self._reply(scope, await _body(receive))
            headers = {"content-type": "application/json", **reply.headers}
            content = reply.content()
            pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
            pairs.append((b"content-length", str(len(content)).encode()))
            await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
            await send({"type": "http.response.body", "body": content})

    async def _reply(self, scope: Scope, raw: bytes) -> Reply:
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
        gateway, _, rest = path.lstrip("/").partition("/")
        found = find(self._routes.get(gateway, ()), scope["method"], f"/{rest}")
        if found is None:
            return Reply(404, {"error": "there is nothing here"})
        handler, named = found
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        request = Request(scope["method"], f"/{rest}", query, headers, raw, named)
        if gateway == "control":
            return await _answered(handler, request)
        return await self._behaving(gateway, handler, request)

    async def _behaving(self, gateway: str, handler: Handler, request: Request) -> Reply:
        """As the dial says: answer, answer 500 before or after having acted, or act and stay silent."""
        world = self.world
        times = world.count(gateway, f"{request.method} {request.path}", "")
        chance = drawn(world.seed, "call", gateway, request.path, request.raw, times)
        if chance.random() < world.dial.errors:
            if chance.random() < 0.5:
                await _answered(handler, request)
            broken = chance.choice((b"<html><body>502 Bad Gateway</body></html>", b'{"error":"internal"}'))
            return Reply(chance.choice((500, 502, 503)), broken, {"content-type": "text/html"})
        reply = await _answered(handler, request)
        if chance.random() < world.dial.silence:
            await asyncio.sleep(world.dial.silent_for)
        return reply

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._living = asyncio.create_task(self.world.live())
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._living:
                    self._living.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await self._living
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _answered(handler: Handler, request: Request) -> Reply:
    try:
        return await handler(request)
    except Refused as refused:
        return refused.reply
    except (KeyError, ValueError, TypeError) as malformed:
        logger.warning("a request the far side can't read: %s %s: %r", request.method, request.path, malformed)
        return Reply(400, {"error": f"unreadable: {malformed!r}"})


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def _control(world: World) -> list[Route]:
    async def health(_: Request) -> Reply:
        return Reply(200, {"status": "ok", "waiting": world.waiting()})

    async def turn(request: Request) -> Reply:
        changes = request.json() if request.raw else {}
        try:
            pace = measured("pace", changes.pop("pace", world.pace), most=LONGEST)
            seed = whole("seed", changes.pop("seed", world.seed))
            world.dial = world.dial.turned(changes)
        except ValueError as refused:
            return Reply(400, {"error": str(refused)})
        world.pace, world.seed = pace, seed
        return Reply(
            200,
            {"dial": {name: getattr(world.dial, name) for name in world.dial.__slots__}, "pace": world.pace, "seed": world.seed},
        )

    async def paid(_: Request) -> Reply:
        return Reply(200, {"paid": world.paid()})

    async def calls(_: Request) -> Reply:
        return Reply(200, {"calls": world.calls()})

    return [
        route("GET", "/health", health),
        route("PUT", "/dial", turn),
        route("GET", "/paid", paid),
        route("GET", "/calls", calls),
    ]
