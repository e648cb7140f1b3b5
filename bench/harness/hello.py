"""The floor under the intake: a bare ASGI app that does nothing, on the same server."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"16")],
}
_BODY = {"type": "http.response.body", "body": b'{"success":true}'}


async def application(scope: MutableMapping[str, Any], receive: object, send: Callable[[Any], Awaitable[None]]) -> None:
    if scope["type"] != "http":
        raise NotImplementedError
    await send(_START)
    await send(_BODY)
