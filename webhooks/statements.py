"""Prepared statements over one connection of an event loop, for the door, which runs a thousand of them a second.

psycopg makes a cursor and two watchers of the socket for each statement, a third of what a small batch costs. Here libpq, as
psycopg wraps it, is asked directly: one watcher stands for as long as the connection does.
"""

import asyncio
import contextlib
from collections.abc import Sequence

import psycopg
from psycopg import errors, pq

_DONE = {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}
CONNECT_SECONDS = 2
CALL_OFF_SECONDS = 1


class Statements:
    """Opens its connection when it is needed, and again when it was lost. Lives in one event loop.

    A host that is gone may never say so: who has not answered a statement after `patience` seconds counts as lost.
    """

    def __init__(self, dsn: str, *, patience: float) -> None:
        self._dsn = dsn
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()
        self._connection: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._socket: int | None = None
        self._prepared: dict[str, bytes] = {}
        self._answer: asyncio.Future[pq.abc.PGresult | None] | None = None
        self._last: pq.abc.PGresult | None = None

    async def execute(self, statement: str, parameters: Sequence[str]) -> None:
        """One statement, with `%s` for its parameters, in a transaction of its own. Raises psycopg.Error.

        After an OperationalError, and when it was cancelled, nothing is known of the transaction, and the connection is gone.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience):
                    await self._execute(statement, parameters)
            except TimeoutError as silent:
                await self._drop(calling_off=True)
                raise psycopg.OperationalError(f"There was no answer within {self._patience:g} s.") from silent
            except (psycopg.OperationalError, asyncio.CancelledError):
                await self._drop()
                raise

    async def close(self) -> None:
        async with self._turn:
            await self._drop()

    async def _execute(self, statement: str, parameters: Sequence[str]) -> None:
        if self._socket is None:
            await self._drop()
            await self._connect()
        wire = self._wire()
        name = self._prepared.get(statement)
        if name is None:
            name = b"s%d" % len(self._prepared)
            wire.send_prepare(name, _numbered(statement))
            await self._answered()
            self._prepared[statement] = name
        wire.send_query_prepared(name, [parameter.encode() for parameter in parameters])
        await self._answered()

    async def _connect(self) -> None:
        self._connection = await psycopg.AsyncConnection.connect(
            self._dsn, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name="bursar intake"
        )
        self._prepared.clear()
        self._socket = self._wire().socket
        self._loop.add_reader(self._socket, self._readable)

    async def _drop(self, *, calling_off: bool = False) -> None:
        self._look_away()
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                if calling_off:
                    await _call_off(connection)
            finally:
                with contextlib.suppress(psycopg.Error):
                    await connection.close()

    def _look_away(self) -> None:
        """Watch the socket no more: libpq may have closed it by itself, and its number may soon be another's."""
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket = None

    def _wire(self) -> pq.abc.PGconn:
        if self._connection is None:
            raise psycopg.OperationalError("The connection is closed.")
        return self._connection.pgconn

    async def _answered(self) -> None:
        """Send what was said, wait for the answer. Raises what PostgreSQL complains of."""
        self._last = None
        self._answer = self._loop.create_future()
        try:
            self._writable()
            result = await self._answer
        finally:
            self._answer = None
        if result is not None and result.status not in _DONE:
            raise errors.error_from_result(result)

    def _writable(self) -> None:
        """Send what the socket takes; come back for the rest when it takes more."""
        try:
            rest = self._wire().flush()
        except psycopg.OperationalError as lost:
            self._lose(lost)
            return
        if self._socket is not None:
            if rest:
                self._loop.add_writer(self._socket, self._writable)
            else:
                self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        wire = self._wire()
        try:
            wire.consume_input()
            while not wire.is_busy():
                result = wire.get_result()
                if result is None:
                    self._tell(None)
                    return
                self._last = result
        except psycopg.OperationalError as lost:
            self._lose(lost)

    def _lose(self, lost: psycopg.OperationalError) -> None:
        self._look_away()
        self._tell(lost)

    def _tell(self, failure: Exception | None) -> None:
        if self._answer is None or self._answer.done():
            return
        if failure is None:
            self._answer.set_result(self._last)
        else:
            self._answer.set_exception(failure)


async def _call_off(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
    """Ask a server that lives to stop: it would wait on for a lock, with one more of our connections at each new try."""
    with contextlib.suppress(psycopg.Error):
        await connection.cancel_safe(timeout=CALL_OFF_SECONDS)


def _numbered(statement: str) -> bytes:
    """The statement as libpq reads it: `$1`, `$2` … instead of each `%s`."""
    first, *rest = statement.split("%s")
    return (first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))).encode()
