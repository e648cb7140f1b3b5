"""Natural batching: whatever arrived while the last commit ran becomes one multi-row INSERT and one commit.

No timer lingers. Under light load a batch is one row and its latency is one commit; under heavy load it grows by itself.
"""

import asyncio
import contextlib
import logging
import time
from datetime import datetime
from typing import NamedTuple

import psycopg

from core.sql import bytes_array, instant_array, plain_array, query, text_array

logger = logging.getLogger(__name__)
Connection = psycopg.AsyncConnection[tuple[object, ...]]

AWAY_SECONDS = 0.5
"""After PostgreSQL was found away, callers are told so at once for this long before it is tried again."""


class Row(NamedTuple):
    """An authentic delivery on its way into `inbound_event`; the body is sealed already."""

    id: str
    gateway: str
    kind: str
    body: bytes
    received_at: datetime


class DatabaseIsAway(Exception):
    """Nothing is stored, nothing may be acknowledged."""


class Overloaded(Exception):
    """More bytes wait than we are willing to hold."""


class MicroBatcher:
    """Collects rows and commits them in batches over one connection of its own. Lives in one event loop."""

    def __init__(self, dsn: str, *, max_waiting_bytes: int) -> None:
        self._dsn = dsn
        self._max_waiting_bytes = max_waiting_bytes
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._wake = asyncio.Event()
        self._connection: Connection | None = None
        self._away_until = 0.0
        self._stopping = False
        self._flusher = asyncio.create_task(self._run(), name="intake-flusher")

    async def store(self, row: Row) -> None:
        """Return once the row is committed. Raises DatabaseIsAway or Overloaded; then it must not be acknowledged."""
        size = len(row.body)
        if self._waiting_bytes + size > self._max_waiting_bytes:
            raise Overloaded
        if self._stopping or time.monotonic() < self._away_until:
            raise DatabaseIsAway
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, committed))
        self._waiting_bytes += size
        self._wake.set()
        try:
            await committed
        finally:
            self._waiting_bytes -= size

    async def stop(self) -> None:
        """Commit what waits, then close the connection."""
        self._stopping = True
        self._wake.set()
        await self._flusher

    async def execute(self, statement: str, parameters: list[str]) -> None:
        """One statement in its own transaction on the flusher's connection, opened when there is none."""
        connection = self._connection
        if connection is None or connection.closed:
            connection = self._connection = await psycopg.AsyncConnection.connect(
                self._dsn, autocommit=True, connect_timeout=2, application_name="bursar intake"
            )
        await connection.execute(statement.encode(), parameters, prepare=True)

    async def _run(self) -> None:
        while not (self._stopping and not self._waiting):
            await self._wake.wait()
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            if batch:
                await self._commit(batch)
        if self._connection is not None:
            await self._connection.close()

    async def _commit(self, batch: list[tuple[Row, asyncio.Future[None]]]) -> None:
        try:
            await self._insert([row for row, _ in batch])
        except psycopg.OperationalError as away:
            logger.warning("the database is away, %s deliveries were not acknowledged: %s", len(batch), away)
            self._away_until = time.monotonic() + AWAY_SECONDS
            await self._disconnect()
            _settle(batch, DatabaseIsAway())
        except Exception as refused:  # noqa: BLE001 - one row is poisonous, the others are not
            logger.warning("a batch of %s was refused, row by row now: %s", len(batch), refused)
            if len(batch) == 1:
                _settle(batch, DatabaseIsAway())
            else:
                for single in batch:
                    await self._commit([single])
        else:
            _settle(batch, None)

    async def _insert(self, rows: list[Row]) -> None:
        ids, gateways, kinds, bodies, instants = zip(*rows, strict=True)
        await self.execute(
            query("webhooks", "store_events"),
            [
                plain_array(ids),
                text_array(gateways),
                text_array(kinds),
                bytes_array(bodies),
                instant_array(instants),
            ],
        )

    async def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                await self._connection.close()
            self._connection = None


def _settle(batch: list[tuple[Row, asyncio.Future[None]]], failure: Exception | None) -> None:
    for _, committed in batch:
        if committed.done():
            continue  # its caller hung up; the row is stored all the same, and will settle
        if failure is None:
            committed.set_result(None)
        else:
            committed.set_exception(failure)
