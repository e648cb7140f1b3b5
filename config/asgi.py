"""The server: gateways' deliveries go to the intake, everything else to Django."""

import gc
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "8")
django_application = get_asgi_application()

from webhooks.doors import door_at  # noqa: E402 - needs the apps that the line above has loaded
from webhooks.doorway import Doorway  # noqa: E402
from webhooks.intake import Intake  # noqa: E402

Message = MutableMapping[str, Any]
intake = Intake()
answer_by_django: Any = django_application
GARBAGE_AFTER = 20_000
"""Objects, where Python looks after 700: some megabytes."""


class Protocol(Doorway):
    """uvicorn's `--http config.asgi:Protocol`: deliveries that come in one piece need no task."""

    intake = intake


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """One ASGI app; a path and its method decide who answers."""
    if scope["type"] == "http":
        if scope["method"] == "POST" and (door := door_at(scope["path"])) is not None:
            await intake.handle(door, scope, receive, send)
        else:
            await answer_by_django(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _lifespan(receive, send)


async def _lifespan(receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await intake.start()
            _collect_rarely()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await intake.stop()
            connections["default"].close_pool()  # type: ignore[attr-defined] # PostgreSQL's
            await send({"type": "lifespan.shutdown.complete"})
            return


def _collect_rarely() -> None:
    """What is loaded by now stays: looking for garbage in it stops every request for 50 ms, and a delivery makes no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, *gc.get_threshold()[1:])
