"""The door when things go wrong: the database away, a stop signal, too much waiting, one poisonous row."""

import asyncio
import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from django.db import connection, transaction

from access.services.gateway_tokens import install_token
from core.ids import new_id
from core.models import InboundEvent
from tests.cast import TOKEN, notification
from tests.servers import environment, free_port, own_server
from tests.switch import Switch
from tests.waiting import eventually
from tests.webhooks.test_intake import HEADERS, PATH, head
from webhooks.microbatch import MicroBatcher, Overloaded, Row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]


@pytest.fixture
def token() -> None:
    install_token(gateway="cellulant", kind="bearer", token=TOKEN)


def post(url: str, reference: str) -> int:
    return httpx2.post(url + PATH, content=notification(reference), headers=HEADERS, timeout=20).status_code


@pytest.mark.usefixtures("token")
def test_when_postgresql_is_away_the_answer_is_503_and_when_it_is_back_it_is_200(tmp_path: Path):
    switch = to_postgresql()
    with own_server(tmp_path / "server.log", DATABASE_URL=through(switch)) as (url, _):
        assert post(url, "T1") == 200
        switch.off()
        assert [post(url, f"AWAY-{n}") for n in range(5)] == [503] * 5
        assert httpx2.get(url + "/health").status_code == 200
        assert httpx2.get(url + "/health/ready", timeout=20).status_code == 503
        switch.on()
        eventually(lambda: post(url, "T2") == 200 and _database_of(url) == "ok", "PostgreSQL is found again", 30)
    switch.close()
    assert_stored_without_what_was_refused()


@pytest.mark.usefixtures("token")
def test_when_postgresql_falls_silent_the_answer_is_503_and_when_it_is_back_it_is_200(tmp_path: Path):
    switch = to_postgresql()
    with own_server(tmp_path / "server.log", DATABASE_URL=through(switch), INTAKE_STORE_SECONDS="2") as (url, _):
        assert post(url, "T1") == 200
        switch.fall_silent()
        assert [post(url, f"AWAY-{n}") for n in range(2)] == [503] * 2  # within the patience of the one who posts
        switch.on()
        eventually(lambda: post(url, "T2") == 200, "PostgreSQL is found again", 30)
    switch.close()
    assert_stored_without_what_was_refused()


def to_postgresql() -> Switch:
    here = connection.settings_dict
    return Switch(here["HOST"], int(here["PORT"]))


def through(switch: Switch) -> str:
    """The way to the test database that leads through the switch."""
    return environment()["DATABASE_URL"].replace(f":{connection.settings_dict['PORT']}/", f":{switch.port}/")


def assert_stored_without_what_was_refused() -> None:
    stored = [event.body for event in InboundEvent.objects.all()]
    assert sum(b"AWAY" in body for body in stored) == 0
    assert {b"T1" in body or b"T2" in body for body in stored} == {True}


def _database_of(url: str) -> str:
    return str(httpx2.get(url + "/health/ready", timeout=20).json()["parts"]["database"]["status"])


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_the_server_all_it_acknowledged_is_stored(tmp_path: Path, number: signal.Signals):
    acked: list[str] = []
    with own_server(tmp_path / "server.log") as (url, process), ThreadPoolExecutor(8) as pool:
        senders = [pool.submit(send_until_it_stops, url, f"T{worker}", acked) for worker in range(8)]
        eventually(lambda: len(acked) > 100, "a hundred are acknowledged", 30)
        process.send_signal(number)
        for sender in senders:
            sender.result(30)
        process.wait(30)
    stored = b" ".join(event.body for event in InboundEvent.objects.all())
    assert len(acked) > 20
    assert [reference for reference in acked if f'"{reference}"'.encode() not in stored] == []


def send_until_it_stops(url: str, prefix: str, acked: list[str]) -> None:
    with httpx2.Client(headers=HEADERS, timeout=10) as client, suppress(httpx2.TransportError):
        for number in range(100_000):
            reference = f"{prefix}-{number}"
            if client.post(url + PATH, content=notification(reference)).status_code == 200:
                acked.append(reference)


@pytest.mark.usefixtures("token")
def test_what_is_under_way_when_the_server_is_told_to_stop_is_stored_and_acknowledged(tmp_path: Path):
    log = tmp_path / "server.log"
    with own_server(log, INTAKE_STORE_SECONDS="60") as (url, process), ExitStack() as wires:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE inbound_pending")
            under_way = [wires.enter_context(sent(url, f"T{n}", "?the-ordinary=way" if n % 2 else "")) for n in range(20)]
            assert httpx2.get(url + "/health", timeout=20).status_code == 200  # so the loop that reads all has read those before
            process.send_signal(signal.SIGTERM)
            eventually(lambda: "Shutting down" in log.read_text(), "it stops", 30)
        assert [wire.recv(65536)[:15] for wire in under_way] == [b"HTTP/1.1 200 OK"] * 20
        process.wait(30)
    stored = {str(json.loads(event.body)["transactionId"]) for event in InboundEvent.objects.all()}
    assert stored == {f"T{n}" for n in range(20)}


def sent(url: str, reference: str, query: str) -> socket.socket:
    """A connection on which a delivery was sent."""
    body = notification(reference)
    wire = socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), 30)
    wire.sendall(head(len(body), query) + body)
    return wire


@pytest.mark.usefixtures("token")
def test_a_dead_broker_costs_an_acknowledgement_nothing(tmp_path: Path):
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    with own_server(tmp_path / "server.log", CELERY_BROKER_URL=nobody) as (url, _):
        assert post(url, "T0") == 200
        began = time.monotonic()
        with httpx2.Client(headers=HEADERS, timeout=20) as client:
            assert {client.post(url + PATH, content=notification(f"T{n}")).status_code for n in range(50)} == {200}
        assert time.monotonic() - began < 15


def row(body: bytes = b"{}", gateway: str = "cellulant") -> Row:
    return Row(str(new_id()), gateway, "notification", body, time.time_ns() // 1000)


async def stored(batcher: MicroBatcher, row: Row) -> bool:
    """What the sender of the row is told."""
    told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    batcher.store(row, told.set_result)
    return await told


def batched(scenario) -> None:
    """Run an async scenario with a batcher on the test database."""

    async def run() -> None:
        batcher = MicroBatcher(environment()["DATABASE_URL"], max_waiting_bytes=10_000, patience=60)
        try:
            await scenario(batcher)
        finally:
            await batcher.stop()

    asyncio.run(run())


def test_one_row_the_database_refuses_fails_nobody_else():
    twin = row()

    async def scenario(batcher: MicroBatcher) -> None:
        assert await stored(batcher, twin)
        rows = [row(), twin, row(), row()]
        assert await asyncio.gather(*[stored(batcher, r) for r in rows]) == [True, False, True, True]

    batched(scenario)
    assert InboundEvent.objects.count() == 4


def test_more_bytes_than_we_hold_are_refused_while_they_wait_and_taken_afterwards():
    async def scenario(batcher: MicroBatcher) -> None:
        answers = await asyncio.gather(*[stored(batcher, row(b"x" * 3000)) for _ in range(5)], return_exceptions=True)
        assert [type(a) for a in answers] == [bool] * 3 + [Overloaded] * 2
        assert await stored(batcher, row(b"x" * 3000))

    batched(scenario)
    assert InboundEvent.objects.filter(gateway="cellulant").count() == 4


def test_a_caller_who_hangs_up_while_waiting_harms_nobody():
    async def scenario(batcher: MicroBatcher) -> None:
        impatient = asyncio.create_task(stored(batcher, row()))
        await asyncio.sleep(0)
        impatient.cancel()  # what it is told then raises
        assert await stored(batcher, row())
        assert await stored(batcher, row())

    batched(scenario)
    assert InboundEvent.objects.count() == 3


def test_rows_that_arrive_while_a_commit_runs_share_the_next_one(monkeypatch: pytest.MonkeyPatch):
    sizes: list[int] = []
    insert = MicroBatcher._insert

    async def counted(self: MicroBatcher, rows: list[Row]) -> None:
        sizes.append(len(rows))
        await insert(self, rows)

    monkeypatch.setattr(MicroBatcher, "_insert", counted)

    async def scenario(batcher: MicroBatcher) -> None:
        await asyncio.gather(*[stored(batcher, row(b"x")) for _ in range(200)])

    batched(scenario)
    assert sum(sizes) == 200
    assert len(sizes) <= 3
