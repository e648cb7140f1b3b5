"""How long a body may take to arrive: one look around for all who read, because a timer for each costs more than the reading."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

LOOK_EVERY = 0.1
_TOO_SLOW = object()


class Patience:
    """Lives in one event loop, from its making to `stop`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[asyncio.Task[Any], float] = {}
        self._now = asyncio.get_running_loop().time
        self._watch = asyncio.create_task(self._look_around(), name="intake-patience")

    async def bear_with(self, reading: Coroutine[Any, Any, bytes]) -> bytes:
        """What `reading` gives. Raises TimeoutError when it took longer than the patience lasts, within LOOK_EVERY."""
        task: asyncio.Task[Any] = asyncio.current_task()  # type: ignore[assignment] # it runs in one
        self._until[task] = self._now() + self._seconds
        try:
            return await reading
        except asyncio.CancelledError as stopped:
            if stopped.args != (_TOO_SLOW,):
                raise
            task.uncancel()
            raise TimeoutError from None
        finally:
            del self._until[task]

    async def stop(self) -> None:
        self._watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watch

    async def _look_around(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = self._now()
            for task, until in list(self._until.items()):
                if until < now:
                    task.cancel(_TOO_SLOW)
