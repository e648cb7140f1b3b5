"""A process that stands still in the midst of a batch: its session is ended, another settles, and nothing is settled twice."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from core.models import InboundOutcome
from tests.cast import decide_all, deliver, notification, owed_by, owes
from tests.servers import running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
DRAIN = "import config.celery, django; django.setup(); from webhooks.drain import drain; drain()"
EVENTS = 2000


def states() -> list[str]:
    """Of the others' sessions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return [state for (state,) in cursor.fetchall()]


def freeze_in_a_batch(pid: int) -> None:
    for _ in range(100):
        os.kill(pid, signal.SIGSTOP)
        while "active" in (now := states()):
            time.sleep(0.005)
        if "idle in transaction" in now:
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.003)
    raise AssertionError("it was never in a batch")


def test_another_settles_what_a_frozen_one_had_in_hand(tmp_path: Path):
    owes("S004", 150_000)
    deliver(*[notification(f"T{number}", amount=1) for number in range(EVENTS)])
    deadline = time.monotonic() + 60
    # As the runtime role has it, but sooner.
    quickly = {"PGOPTIONS": "-c idle_in_transaction_session_timeout=1s", "SETTLE_BATCH": "20"}
    with running(sys.executable, "-c", DRAIN, log=tmp_path / "drain.log", **quickly) as frozen:
        while not InboundOutcome.objects.exists():
            assert time.monotonic() < deadline
        freeze_in_a_batch(frozen.pid)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '30s'")
        while InboundOutcome.objects.count() < EVENTS:
            assert time.monotonic() < deadline
            decide_all()
        frozen.send_signal(signal.SIGCONT)
        frozen.wait(60)
    assert owed_by("S004") == 15_000_000 - 100 * EVENTS
