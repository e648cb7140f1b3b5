"""Beat in a worker's thread: it ticks, it gets up again, it stops when told."""

import threading
import types
from typing import Any

import pytest
from celery import Celery
from celery.beat import Scheduler
from django.db import close_old_connections, connection

from config.beat import Beat, BeatStep
from config.celery import app as bursar


@pytest.fixture
def app() -> Celery:
    return Celery("other", broker="memory://", set_as_current=False)


class Ticking(Scheduler):
    """Celery's own, that can be waited for."""

    ticked = threading.Event()

    def tick(self, *_: Any, **__: Any) -> float:
        self.ticked.set()
        return 0.01


def test_it_ticks_until_it_is_stopped(app: Celery) -> None:
    Ticking.ticked.clear()
    beat = Beat(app, scheduler=Ticking)
    beat.start()
    assert Ticking.ticked.wait(5)
    beat.stop()
    Ticking.ticked.clear()
    assert not Ticking.ticked.wait(0.1)


def test_what_ends_it_does_not_end_it_for_good(app: Celery, caplog: pytest.LogCaptureFixture) -> None:
    starts: list[int] = []

    class Stumbling(Ticking):
        def setup_schedule(self) -> None:
            starts.append(1)
            if len(starts) < 3:
                raise RuntimeError("the database is away")

    Ticking.ticked.clear()
    beat = Beat(app, scheduler=Stumbling, pause=0.01)
    beat.start()
    assert Ticking.ticked.wait(5)
    beat.stop()
    assert len(starts) == 3
    assert "beat stopped; it begins again" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_its_scheduler_lets_go_of_connections_and_keeps_one_all_the_same(app: Celery) -> None:
    seen: list[int] = []

    class Looking(Ticking):
        def tick(self, *_: Any, **__: Any) -> float:
            close_old_connections()  # as the scheduler in the database does before each look
            connection.ensure_connection()
            seen.append(connection.connection.pgconn.backend_pid)
            return super().tick()

    Ticking.ticked.clear()
    beat = Beat(app, scheduler=Looking)
    beat.start()
    while len(seen) < 5:
        assert Ticking.ticked.wait(5)
    beat.stop()
    assert len(set(seen)) == 1


def test_it_can_be_stopped_before_it_began(app: Celery) -> None:
    Beat(app, scheduler=Ticking).stop()


def test_workers_are_beat_only_when_asked() -> None:
    (option,) = bursar.user_options["worker"]
    assert (option.name, option.is_flag) == ("with_beat", True)
    worker = types.SimpleNamespace(app=bursar, steps=[])
    assert not BeatStep(worker, with_beat=False).include(worker)
    assert BeatStep(worker, with_beat=True).include(worker)
