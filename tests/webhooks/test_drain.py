"""The drain stays awake while there is work, one at a time, and hands over cleanly."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from config.celery import drop_dead_connections
from core.models import InboundOutcome, InboundPending, QueueState
from tests.cast import decide_all, deliver, notification, owed_by, owes
from tests.racing import race
from tests.waiting import eventually
from webhooks import drain as drains
from webhooks.drain import AWAKE_FOR_SECONDS
from webhooks.nudge import COALESCE_SECONDS
from webhooks.tasks import drain as drain_task

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def sleepy(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Drains that go to sleep soon; the nudges they send."""
    nudges: list[str] = []
    monkeypatch.setattr(drains, "AWAKE_FOR_SECONDS", 0.2)
    monkeypatch.setattr(drains, "nudge", nudges.append)
    owes("S004", 150_000)
    return nudges


def until_nothing_waits() -> None:
    eventually(lambda: not InboundPending.objects.exists(), "nothing waits", 20)


def test_it_decides_what_waits_and_what_comes_meanwhile(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drains, "AWAKE_FOR_SECONDS", 60)
    monkeypatch.setattr(drains, "_ending", threading.Event())
    deliver(notification("T1", amount=1))

    def come_late() -> None:
        try:
            until_nothing_waits()
            deliver(notification("T2", amount=1))
            until_nothing_waits()
        finally:
            drains.end_soon()

    assert race(drains.drain, come_late) == [2, None]
    assert owed_by("S004") == 15_000_000 - 200
    state = QueueState.objects.get(name="inbound")
    assert (state.completed, state.failed, state.leased_until) == (2, 0, None)


def test_the_task_run_twice_does_the_work_once():
    deliver(notification("T1"))
    drain_task.delay.__self__.run()
    drain_task.run()
    assert owed_by("S004") == 10_000_000


def test_a_second_drain_leaves_at_once_while_the_first_is_awake():
    deliver(*[notification(f"T{n}", amount=1) for n in range(50)])
    answers = race(drains.drain, drains.drain)
    assert sorted(answers)[1] == 50
    assert InboundOutcome.objects.count() == 50


def test_the_lease_of_a_drain_that_was_killed_runs_out():
    QueueState.objects.create(name="inbound", holder="dead", leased_until=timezone.now() + timedelta(hours=1))
    deliver(notification("T1"))
    assert drains.drain() == 0
    QueueState.objects.update(leased_until=timezone.now())
    assert drains.drain() == 1


def test_what_was_committed_while_the_lease_was_held_is_nudged_again(sleepy: list[str], monkeypatch: pytest.MonkeyPatch):
    release = drains._release_lease

    def slip_in(holder: str) -> None:
        deliver(notification("T1"))
        release(holder)

    monkeypatch.setattr(drains, "_release_lease", slip_in)
    assert drains.drain() == 0
    assert sleepy == ["webhooks.drain"]


def test_it_ends_within_a_quarter_of_the_visibility_timeout(settings, monkeypatch: pytest.MonkeyPatch):
    settings.BROKER_VISIBILITY_TIMEOUT = 2
    monkeypatch.setattr(drains, "AWAKE_FOR_SECONDS", 60)
    began = time.monotonic()
    drains.drain()
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(("awake_for", "called"), [(60, ["webhooks.drain"]), (0.1, [])])
def test_one_that_goes_before_it_is_quiet_calls_the_next(settings, monkeypatch, sleepy: list[str], awake_for: float, called):
    if awake_for == 60:
        settings.BROKER_VISIBILITY_TIMEOUT = 2
    monkeypatch.setattr(drains, "AWAKE_FOR_SECONDS", awake_for)
    deliver(notification("T1"))
    assert drains.drain() == 1
    assert sleepy == called


def test_an_intake_nudges_while_the_one_it_woke_is_awake():
    assert COALESCE_SECONDS <= AWAKE_FOR_SECONDS / 2


def test_the_numbers_say_what_waits_and_what_is_in_hand(client):
    deliver(*[notification(f"T{n}", amount=1) for n in range(7)])
    numbers = client.get("/api/v1/queue/status").json()["queues"]["inbound"]
    assert (numbers["waiting"], numbers["active"], numbers["completed"]) == (7, 0, 0)
    assert 0 <= numbers["oldest_seconds"] < 30
    seen = {}

    def look() -> None:
        seen.update(client.get("/api/v1/queue/status").json()["queues"]["inbound"])

    from django.db import transaction

    from webhooks import deciding

    with transaction.atomic():
        deciding.decide_next(limit=5)
        race(look)
    assert (seen["waiting"], seen["active"]) == (2, 5)
    decide_all()
    assert client.get("/api/v1/queue/status").json()["queues"]["inbound"]["completed"] == 7
    assert InboundPending.objects.count() == 0


def test_it_works_after_its_connection_was_cut():
    deliver(notification("T1"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]

    def cut() -> None:
        with connection.cursor() as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])

    race(cut)
    with pytest.raises(Exception, match=r"terminat|closed|connection"):
        drains.drain()
    connection.close()
    QueueState.objects.update(leased_until=None)
    assert drains.drain() == 1


def test_a_worker_that_is_told_to_stop_does_not_wait_for_a_quiet_moment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drains, "AWAKE_FOR_SECONDS", 60)
    monkeypatch.setattr(drains, "_ending", threading.Event())
    threading.Timer(0.2, drains.end_soon).start()
    began = time.monotonic()
    drains.drain()
    assert time.monotonic() - began < 20


def test_a_connection_that_died_between_two_tasks_is_replaced():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]

    def cut() -> None:
        with connection.cursor() as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])

    race(cut)
    drop_dead_connections()
    deliver(notification("T1"))
    assert drains.drain() == 1
