"""The server: gateways' deliveries go to the intake, everything else to Django."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "8")
django_application = get_asgi_application()

from webhooks.doors import door_at  # noqa: E402 - needs the apps that the line above has loaded
from webhooks.intake import Intake  # noqa: E402

Message = MutableMapping[str, Any]
intake = Intake()
answer_by_django: Any = django_application


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
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await intake.stop()
            connections["default"].close_pool()  # type: ignore[attr-defined] # PostgreSQL's
            await send({"type": "lifespan.shutdown.complete"})
            return
