"""The door's connection: what it does when statements fail, are long, are cancelled, or when the connection is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import psycopg
import pytest

from tests.servers import environment
from webhooks.statements import Statements

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
NOTE = "SELECT set_config('test.said', %s, false), %s::int"
OURS = "FROM pg_stat_activity WHERE application_name = 'bursar intake' AND datname = current_database()"
ASLEEP = f"SELECT 1 {OURS} AND query LIKE '%pg_sleep%'"
MY_PID = "SELECT pg_terminate_backend(pg_backend_pid()) WHERE %s = 'end'"


def connected(scenario: Callable[[Statements], Awaitable[None]], *, patience: float = 60) -> None:
    async def run() -> None:
        statements = Statements(environment()["DATABASE_URL"], patience=patience)
        try:
            await scenario(statements)
        finally:
            await statements.close()

    asyncio.run(run())


def test_a_statement_longer_than_any_buffer_goes_out_piece_by_piece():
    async def scenario(statements: Statements) -> None:
        await statements.execute(NOTE, ["x" * 30_000_000, "1"])
        await statements.execute(NOTE, ["", "2"])

    connected(scenario)


def test_a_refused_statement_harms_no_later_one():
    async def scenario(statements: Statements) -> None:
        for _ in range(3):
            with pytest.raises(psycopg.DataError):
                await statements.execute(NOTE, ["a", "no number"])
            with pytest.raises(psycopg.errors.SyntaxError):
                await statements.execute("SELECT FROM FROM", [])
            await statements.execute(NOTE, ["a", "1"])

    connected(scenario)


def test_two_at_once_take_turns_and_one_that_is_cancelled_is_not_answered_by_another():
    async def scenario(statements: Statements) -> None:
        await asyncio.gather(*[statements.execute(NOTE, ["a", str(number)]) for number in range(20)])
        slow = asyncio.create_task(statements.execute("SELECT pg_sleep(%s)", ["5"]))
        await asyncio.sleep(0.1)
        slow.cancel()
        with suppress(asyncio.CancelledError):
            await slow
        with pytest.raises(psycopg.DataError):
            await statements.execute(NOTE, ["a", "no number"])
        await statements.execute(NOTE, ["a", "1"])

    connected(scenario)


def test_a_connection_that_was_ended_is_opened_again():
    async def scenario(statements: Statements) -> None:
        for _ in range(2):
            await statements.execute(MY_PID, ["stay"])
            with pytest.raises(psycopg.OperationalError):
                await statements.execute(MY_PID, ["end"])
        await statements.execute(NOTE, ["a", "1"])
        async with await psycopg.AsyncConnection.connect(environment()["DATABASE_URL"]) as other:
            await other.execute(f"SELECT pg_terminate_backend(pid) {OURS}")
        while statements._socket is not None:  # noqa: ASYNC110 - it is noticed while nothing is asked
            await asyncio.sleep(0.01)
        await statements.execute(NOTE, ["a", "1"])

    connected(scenario)


def test_one_that_is_not_answered_in_time_is_called_off_and_holds_up_no_later_one():
    async def scenario(statements: Statements) -> None:
        with pytest.raises(psycopg.OperationalError):
            await statements.execute("SELECT pg_sleep(%s)", ["300"])
        await statements.execute(NOTE, ["a", "1"])
        async with await psycopg.AsyncConnection.connect(environment()["DATABASE_URL"], autocommit=True) as other:
            async with asyncio.timeout(60):
                while await (await other.execute(ASLEEP)).fetchone():  # noqa: ASYNC110 - only PostgreSQL knows
                    await asyncio.sleep(0.05)

    connected(scenario, patience=2)
