"""What runs beside the deliveries of a process, tokens and notes of refusals, goes on whatever fails once."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from django.db import InterfaceError, connection

from access import gateway_tokens
from access.services.gateway_tokens import install_token
from core.models import InboundEvent, InboundReject
from tests.cast import TOKEN, notification
from tests.servers import environment
from webhooks import nudge as nudges
from webhooks import rejects
from webhooks.doors import Door
from webhooks.intake import Answer, Intake, Post
from webhooks.rejects import RejectLog
from webhooks.statements import Statements

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
DOOR = Door("cellulant", "notification")
HEADERS = {b"authorization": f"Bearer {TOKEN}".encode(), b"content-type": b"application/json"}


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + 20
    while not await true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def test_tokens_are_read_again_after_any_failure(settings, monkeypatch: pytest.MonkeyPatch):
    install_token(gateway="cellulant", kind="bearer", token=TOKEN)
    settings.INTAKE_DSN = environment()["DATABASE_URL"]
    failures: list[Exception] = [InterfaceError("the connection is closed"), RuntimeError("a bug of ours")]
    load = gateway_tokens.load

    def load_in_the_end() -> gateway_tokens.Snapshot:
        if failures:
            raise failures.pop(0)
        return load()

    monkeypatch.setattr(gateway_tokens, "load", load_in_the_end)
    monkeypatch.setattr(nudges, "nudge", lambda task: None)

    async def scenario() -> None:
        intake = Intake()
        await intake.start()
        try:
            await until(lambda: _is_taken(intake))
        finally:
            await intake.stop()

    asyncio.run(scenario())
    assert InboundEvent.objects.count() == 1


async def _is_taken(intake: Intake) -> bool:
    told: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    intake.take(Post(DOOR, HEADERS, notification("T1"), ""), told.set_result)
    answer = await told
    assert answer.status in {200, 503}
    return answer.status == 200


def test_refusals_are_noted_after_some_that_could_not_be(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rejects, "WRITE_EVERY_SECONDS", 0.02)

    async def scenario() -> None:
        statements = Statements(environment()["DATABASE_URL"], patience=60)
        log = RejectLog(statements)
        try:
            log.note(gateway="bank", status=400, reason="no text: \ud800", size=1, sample=b"x", address="")
            await until(lambda: _nothing_kept(log))
            log.note(gateway="bank", status=400, reason="a text", size=1, sample=b"x", address="")
            await until(lambda: asyncio.to_thread(_any_is_noted))
        finally:
            await log.stop()
            await statements.close()

    asyncio.run(scenario())
    assert [noted.reason for noted in InboundReject.objects.all()] == ["a text"]


async def _nothing_kept(log: RejectLog) -> bool:
    return not log._kept


def _any_is_noted() -> bool:
    try:
        return InboundReject.objects.exists()
    finally:
        connection.close()  # the thread's own
