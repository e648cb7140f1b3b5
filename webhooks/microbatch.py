"""Natural batching: whatever arrived while the last commit ran becomes one multi-row INSERT and one commit.

No timer lingers. Under light load a batch is one row and its latency is one commit; under heavy load it grows by itself.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import psycopg

from core.sql import bytes_array, plain_array, query, text_array
from webhooks.metrics import ACKED
from webhooks.statements import Statements

logger = logging.getLogger(__name__)

AWAY_SECONDS = 0.5
"""After PostgreSQL was found away, callers are told so at once for this long before it is tried again."""


class Row(NamedTuple):
    """An authentic delivery on its way into `inbound_event`; the body is sealed already. Received at Unix microseconds."""

    id: str
    gateway: str
    kind: str
    body: bytes
    received_at: int


Told = Callable[[bool], None]
"""Called once about a row: True when it is committed, False when it is not and must not be acknowledged."""


class DatabaseIsAway(Exception):
    """Nothing is stored, nothing may be acknowledged."""


class Overloaded(Exception):
    """More bytes wait than we are willing to hold."""


class MicroBatcher:
    """Collects rows and commits them in batches over a connection of its own. Lives in one event loop."""

    def __init__(self, dsn: str, *, max_waiting_bytes: int, patience: float) -> None:
        self.statements = Statements(dsn, patience=patience)
        self._max_waiting_bytes = max_waiting_bytes
        self._waiting: list[tuple[Row, Told]] = []
        self._waiting_bytes = 0
        self._wake = asyncio.Event()
        self._away_until = 0.0
        self._stopping = False
        self._flusher = asyncio.create_task(self._run(), name="intake-flusher")

    def store(self, row: Row, told: Told) -> None:
        """Commit the row soon, and tell. Raises DatabaseIsAway or Overloaded; then nothing will be told."""
        size = len(row.body)
        if self._waiting_bytes + size > self._max_waiting_bytes:
            raise Overloaded
        if self._stopping or time.monotonic() < self._away_until:
            raise DatabaseIsAway
        self._waiting.append((row, told))
        self._waiting_bytes += size
        self._wake.set()

    async def stop(self) -> None:
        """Commit what waits, then close the connection."""
        self._stopping = True
        self._wake.set()
        await self._flusher

    async def _run(self) -> None:
        while not (self._stopping and not self._waiting):
            await self._wake.wait()
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            if batch:
                await self._commit(batch)
        await self.statements.close()

    async def _commit(self, batch: list[tuple[Row, Told]]) -> None:
        try:
            await self._insert([row for row, _ in batch])
        except psycopg.OperationalError as away:
            logger.warning("the database is away, %s deliveries were not acknowledged: %s", len(batch), away)
            self._away_until = time.monotonic() + AWAY_SECONDS
            self._tell(batch, committed=False)
        except Exception as refused:  # noqa: BLE001 - one row is poisonous, the others are not
            logger.warning("a batch of %s was refused, row by row now: %s", len(batch), refused)
            if len(batch) == 1:
                self._tell(batch, committed=False)
            else:
                for single in batch:
                    await self._commit([single])
        else:
            self._tell(batch, committed=True)
            for gateway, count in Counter(row.gateway for row, _ in batch).items():
                ACKED.labels(gateway).inc(count)

    def _tell(self, batch: list[tuple[Row, Told]], *, committed: bool) -> None:
        for row, told in batch:
            self._waiting_bytes -= len(row.body)
            try:
                told(committed)
            except Exception:
                logger.exception("the sender of %s could not be told; the others are", row.id)

    async def _insert(self, rows: list[Row]) -> None:
        ids, gateways, kinds, bodies, instants = zip(*rows, strict=True)
        await self.statements.execute(
            query("webhooks", "store_events"),
            [
                plain_array(ids),
                text_array(gateways),
                text_array(kinds),
                bytes_array(bodies),
                plain_array(instants),
            ],
        )
