"""A real worker behind a real broker, of either kind: deliveries wake it, and what no message told of is settled all the same."""

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from django.conf import settings
from kombu import Connection, Message

from access.services.gateway_tokens import install_token
from config.celery import Bursar
from core import defer
from core.models import InboundOutcome
from tests.cast import TOKEN, deliver, notification, owed_by, owes
from tests.racing import race
from tests.servers import own_server, running
from tests.switch import Switch
from tests.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
logger = logging.getLogger(__name__)
WORKER = ["-m", "celery", "-A", "config", "worker", "--pool", "threads", "--concurrency", "2", "-Q", "settle,default"]


def valkey() -> str:
    """A database of its own on the server that the tests use."""
    return re.sub(r"/\d*$", "", settings.REDIS_URL) + "/13"


def rabbitmq() -> str:
    url = os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/")
    try:
        with Connection(url, connect_timeout=2) as probe:
            probe.ensure_connection(max_retries=1, timeout=2)
    except OSError as away:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no RabbitMQ answers at RABBITMQ_URL: {away}")
    return url


RABBITMQ = [pytest.param(rabbitmq, id="rabbitmq", marks=pytest.mark.rabbitmq)]


@pytest.fixture(params=[pytest.param(valkey, id="valkey"), *RABBITMQ])
def broker(request: pytest.FixtureRequest) -> Iterator[str]:
    url: str = request.param()
    _empty(url)
    yield url
    _empty(url)


def _empty(url: str) -> None:
    with Connection(url) as connection:
        for queue in ("settle", "default", "in-hand"):
            connection.SimpleQueue(queue).clear()


@pytest.fixture
def switch(broker: str) -> Iterator[Switch]:
    here = urlsplit(broker)
    forwarder = Switch(here.hostname or "", here.port or 5672)
    yield forwarder
    forwarder.close()


def through(switch: Switch, broker: str) -> str:
    here = urlsplit(broker)
    secret, _, _ = here.netloc.rpartition("@")
    return here._replace(netloc=f"{secret}@127.0.0.1:{switch.port}").geturl()


def wait_for_outcomes(count: int) -> None:
    eventually(lambda: InboundOutcome.objects.count() >= count, f"{count} are decided")


@contextmanager
def gateway(url: str) -> Iterator[Callable[[str], int]]:
    """Delivers, and says what it was answered."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    with httpx2.Client(headers=headers) as client:
        yield (
            lambda reference: (
                client.post(f"{url}/api/v1/payment/notification", content=notification(reference, amount=1)).status_code
            )
        )


def test_deliveries_wake_the_worker(broker: str, tmp_path: Path):
    """By nothing but the nudges of the intake: this worker has no sweeper."""
    owes("S004", 150_000)
    install_token(gateway="cellulant", kind="bearer", token=TOKEN)
    delivered: list[int] = []
    with (
        running(sys.executable, *WORKER, log=tmp_path / "worker.log", CELERY_BROKER_URL=broker),
        own_server(tmp_path / "server.log", CELERY_BROKER_URL=broker) as (url, _),
        gateway(url) as deliver_one,
    ):

        def all_are_settled() -> bool:
            # More come all the while: should a worker that shares the broker take a nudge of ours, there is another.
            delivered.append(deliver_one(f"T{len(delivered)}"))
            return len(delivered) >= 30 and InboundOutcome.objects.count() >= 30

        eventually(all_are_settled, "thirty that were delivered are decided")
        wait_for_outcomes(len(delivered))
    assert set(delivered) == {200}
    assert owed_by("S004") == 15_000_000 - 100 * len(delivered)


def test_what_no_nudge_told_of_is_swept_up_by_the_worker_and_what_it_had_in_hand_by_the_next(
    broker: str, switch: Switch, tmp_path: Path
):
    """The broker is away while deliveries come; when it is back, the worker that settles them is killed in the midst of it."""
    owes("S004", 150_000)
    install_token(gateway="cellulant", kind="bearer", token=TOKEN)
    sweeping, log = [*WORKER, "--with-beat"], tmp_path / "worker.log"
    url = through(switch, broker)
    with running(sys.executable, *sweeping, log=log, CELERY_BROKER_URL=url, SETTLE_BATCH="50") as first:
        eventually(lambda: " ready." in log.read_text(), "the worker is ready")
        with own_server(tmp_path / "server.log", CELERY_BROKER_URL=url) as (door, _), gateway(door) as deliver_one:
            switch.off()
            assert [deliver_one(f"AWAY{number}") for number in range(10)] == [200] * 10
        deliver(*[notification(f"T{number}", amount=1) for number in range(3000)])
        switch.on()
        wait_for_outcomes(100)
        first.kill()
        first.wait()
    assert InboundOutcome.objects.count() < 3010
    with running(sys.executable, *sweeping, log=log, CELERY_BROKER_URL=url):
        wait_for_outcomes(3010)
    assert owed_by("S004") == 15_000_000 - 301_000


def test_who_has_a_message_in_hand_when_the_broker_dies_can_close_and_acknowledge(
    broker: str, switch: Switch, monkeypatch: pytest.MonkeyPatch
):
    """As Celery's worker does: closes twice, then acknowledges. An error that it does not expect there is its end."""
    monkeypatch.setenv("CELERY_BROKER_URL", through(switch, broker))  # it wins over any that an app is given
    in_hand: list[Message] = []
    with Bursar("ours", set_as_current=False) as app:
        app.send_task("ours", queue="in-hand")
        link = app.connection_for_read()
        link.Consumer(link.SimpleQueue("in-hand").queue, on_message=in_hand.append).consume()
        app.control.mailbox.Node("ours", channel=link.channel()).listen()  # as a worker's remote control
        while not in_hand:
            link.drain_events(timeout=5)
        with suppress(TimeoutError):
            link.drain_events(timeout=0.1)  # the next message is asked for
        switch.off()
        link.collect(socket_timeout=1)
        link.close()
        in_hand[0].ack_log_error(logger, errors=link.connection_errors)
    assert len(in_hand) == 1


@pytest.mark.parametrize("broker", RABBITMQ, indirect=True)
def test_a_broker_that_confirms_nothing_keeps_nobody_waiting(
    broker: str, switch: Switch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """As RabbitMQ is while memory or disk run short. Unheard, a message would be waited for as long as that lasts."""
    monkeypatch.setenv("CELERY_BROKER_URL", through(switch, broker))  # it wins over any that an app is given
    with Bursar("ours", set_as_current=False) as app:
        app.conf.broker_transport_options = {"confirm_publish": True}
        monkeypatch.setattr(defer, "current_app", app)
        defer.nudge("webhooks.drain")
        assert not caplog.records
        switch.stall()
        assert race(*[partial(defer.nudge, "webhooks.drain")] * 2) == [None, None]
        assert [record.levelname for record in caplog.records if record.name == "core.defer"] == ["WARNING"] * 2
        switch.on()
        caplog.clear()
        defer.nudge("webhooks.drain")
        assert not caplog.records
