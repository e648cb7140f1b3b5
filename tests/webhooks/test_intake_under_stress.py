"""The door when things go wrong: the database away, a stop signal, too much waiting, one poisonous row."""

import asyncio
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from django.db import connection

from access.services.gateway_tokens import install_token
from core.ids import new_id
from core.models import InboundEvent
from tests.cast import TOKEN, notification
from tests.servers import environment, free_port, own_server
from webhooks.microbatch import DatabaseIsAway, MicroBatcher, Overloaded, Row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
PATH = "/api/v1/payment/notification"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


class Switch:
    """A TCP forwarder to PostgreSQL that can be turned off: a database that is away, without taking it from anyone else."""

    def __init__(self) -> None:
        self.port = free_port()
        self._on = True
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def off(self) -> None:
        self._on = False
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def on(self) -> None:
        self._on = True

    def close(self) -> None:
        self.off()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if not self._on:
                    near.close()
                    continue
                here = connection.settings_dict
                far = socket.create_connection((here["HOST"], int(here["PORT"])))
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.close()


@pytest.fixture
def token() -> None:
    install_token(gateway="cellulant", kind="bearer", token=TOKEN)


def post(url: str, reference: str) -> int:
    return httpx2.post(url + PATH, content=notification(reference), headers=HEADERS, timeout=20).status_code


@pytest.mark.usefixtures("token")
def test_when_postgresql_is_away_the_answer_is_503_and_when_it_is_back_it_is_200(tmp_path: Path):
    switch = Switch()
    direct = environment()["DATABASE_URL"]
    here = connection.settings_dict
    through = direct.replace(f":{here['PORT']}/", f":{switch.port}/")
    with own_server(tmp_path / "server.log", DATABASE_URL=through) as (url, _):
        assert post(url, "T1") == 200
        switch.off()
        assert [post(url, f"AWAY-{n}") for n in range(5)] == [503] * 5
        assert httpx2.get(url + "/health").status_code == 200
        assert httpx2.get(url + "/health/ready").status_code == 503
        switch.on()
        deadline = time.monotonic() + 10
        while post(url, "T2") != 200 or _database_of(url) != "ok":
            assert time.monotonic() < deadline
            time.sleep(0.2)
    switch.close()
    stored = [event.body for event in InboundEvent.objects.all()]
    assert sum(b"AWAY" in body for body in stored) == 0
    assert {b"T1" in body or b"T2" in body for body in stored} == {True}


def _database_of(url: str) -> str:
    return str(httpx2.get(url + "/health/ready").json()["parts"]["database"]["status"])


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_the_server_all_it_acknowledged_is_stored(tmp_path: Path, number: signal.Signals):
    acked: list[str] = []
    with own_server(tmp_path / "server.log") as (url, process), ThreadPoolExecutor(8) as pool:
        senders = [pool.submit(send_until_it_stops, url, f"T{worker}", acked) for worker in range(8)]
        deadline = time.monotonic() + 20
        while len(acked) <= 100 and time.monotonic() < deadline:
            time.sleep(0.01)
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
def test_a_dead_broker_costs_an_acknowledgement_nothing(tmp_path: Path):
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    with own_server(tmp_path / "server.log", CELERY_BROKER_URL=nobody) as (url, _):
        assert post(url, "T0") == 200
        began = time.monotonic()
        with httpx2.Client(headers=HEADERS) as client:
            assert {client.post(url + PATH, content=notification(f"T{n}")).status_code for n in range(50)} == {200}
        assert time.monotonic() - began < 2


def row(body: bytes = b"{}", gateway: str = "cellulant") -> Row:
    return Row(str(new_id()), gateway, "notification", body, datetime.now(UTC))


def batched(scenario) -> None:
    """Run an async scenario with a batcher on the test database."""

    async def run() -> None:
        batcher = MicroBatcher(environment()["DATABASE_URL"], max_waiting_bytes=10_000)
        try:
            await scenario(batcher)
        finally:
            await batcher.stop()

    asyncio.run(run())


def test_one_row_the_database_refuses_fails_nobody_else():
    twin = row()

    async def scenario(batcher: MicroBatcher) -> None:
        await batcher.store(twin)
        rows = [row(), twin, row(), row()]
        answers = await asyncio.gather(*[batcher.store(r) for r in rows], return_exceptions=True)
        assert [type(a) for a in answers] == [type(None), DatabaseIsAway, type(None), type(None)]

    batched(scenario)
    assert InboundEvent.objects.count() == 4


def test_more_bytes_than_we_hold_are_refused_while_they_wait_and_taken_afterwards():
    async def scenario(batcher: MicroBatcher) -> None:
        answers = await asyncio.gather(*[batcher.store(row(b"x" * 3000)) for _ in range(5)], return_exceptions=True)
        assert [type(a) for a in answers] == [type(None)] * 3 + [Overloaded] * 2
        await batcher.store(row(b"x" * 3000))

    batched(scenario)
    assert InboundEvent.objects.filter(gateway="cellulant").count() == 4


def test_a_caller_who_hangs_up_while_waiting_harms_nobody():
    async def scenario(batcher: MicroBatcher) -> None:
        impatient = asyncio.create_task(batcher.store(row()))
        await asyncio.sleep(0)
        impatient.cancel()
        await batcher.store(row())

    batched(scenario)
    assert InboundEvent.objects.count() >= 1


def test_rows_that_arrive_while_a_commit_runs_share_the_next_one(monkeypatch: pytest.MonkeyPatch):
    sizes: list[int] = []
    insert = MicroBatcher._insert

    async def counted(self: MicroBatcher, rows: list[Row]) -> None:
        sizes.append(len(rows))
        await insert(self, rows)

    monkeypatch.setattr(MicroBatcher, "_insert", counted)

    async def scenario(batcher: MicroBatcher) -> None:
        await asyncio.gather(*[batcher.store(row(b"x")) for _ in range(200)])

    batched(scenario)
    assert sum(sizes) == 200
    assert len(sizes) <= 3
