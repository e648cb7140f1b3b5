"""A real worker behind a real broker, of either kind: a delivery is settled soon, and a killed worker's work is not lost."""

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from celery import Celery
from django.conf import settings
from kombu import Connection

from access.services.gateway_tokens import install_token
from core.models import InboundOutcome, InboundPending
from tests.cast import TOKEN, deliver, notification, owed_by, owes
from tests.servers import own_server, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
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


@pytest.fixture(params=[pytest.param(valkey, id="valkey"), pytest.param(rabbitmq, id="rabbitmq", marks=pytest.mark.rabbitmq)])
def broker(request: pytest.FixtureRequest) -> Iterator[str]:
    url: str = request.param()
    _empty(url)
    yield url
    _empty(url)


def _empty(url: str) -> None:
    with Connection(url) as connection:
        for queue in ("settle", "default"):
            connection.SimpleQueue(queue).clear()


def wait_for_outcomes(count: int, broker: str, seconds: float = 40) -> None:
    """Wait, nudging now and then as beat's sweeper does: another test's worker may share the broker and take a nudge of ours."""
    deadline = time.monotonic() + seconds
    # A connection of its own: CELERY_BROKER_URL in the environment would win over any broker named to the app.
    with Celery() as sweeper, Connection(broker) as wire:
        while InboundOutcome.objects.count() < count:
            assert time.monotonic() < deadline, f"{InboundPending.objects.count()} still wait"
            sweeper.send_task("webhooks.drain", queue="settle", expires=5, connection=wire)
            time.sleep(0.1)


def test_a_delivery_is_settled_soon_after_its_acknowledgement(broker: str, tmp_path: Path):
    owes("S004", 150_000)
    install_token(gateway="cellulant", kind="bearer", token=TOKEN)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    with (
        running(sys.executable, *WORKER, log=tmp_path / "worker.log", CELERY_BROKER_URL=broker),
        own_server(tmp_path / "server.log", CELERY_BROKER_URL=broker) as (url, _),
        httpx2.Client(headers=headers) as gateway,
    ):
        for number in range(30):
            answer = gateway.post(f"{url}/api/v1/payment/notification", content=notification(f"T{number}", amount=1))
            assert answer.status_code == 200
        wait_for_outcomes(30, broker)
    assert owed_by("S004") == 15_000_000 - 3_000


def test_what_a_killed_worker_had_in_hand_is_settled_by_the_next(broker: str, tmp_path: Path):
    owes("S004", 150_000)
    events = deliver(*[notification(f"T{number}", amount=1) for number in range(3000)])
    log = tmp_path / "worker.log"
    with running(sys.executable, *WORKER, log=log, CELERY_BROKER_URL=broker, SETTLE_BATCH="50") as first:
        wait_for_outcomes(100, broker)
        first.kill()
        first.wait()
    assert InboundOutcome.objects.count() < len(events)
    with running(sys.executable, *WORKER, log=log, CELERY_BROKER_URL=broker):
        wait_for_outcomes(len(events), broker)
    assert owed_by("S004") == 15_000_000 - 300_000
