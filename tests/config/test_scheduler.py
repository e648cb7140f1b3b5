"""Beat's schedule: asked for seldom, and changes are seen all the same."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from config import scheduler
from config.celery import app as bursar


@pytest.mark.django_db(transaction=True)
def test_it_looks_seldom_and_sees_what_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    often, _ = IntervalSchedule.objects.get_or_create(every=7, period="seconds")
    task = PeriodicTask.objects.create(name="look", task="t.a", interval=often)
    beat = scheduler.Scheduler(app=bursar, lazy=False)
    assert "look" in beat.schedule
    with CaptureQueriesContext(connection) as asked:
        for _ in range(10):
            assert "look" in beat.schedule
    assert len(asked) <= 1

    task.enabled = False
    task.save()
    monkeypatch.setattr(scheduler.time, "monotonic", lambda: beat._look_again + 1)
    assert "look" not in beat.schedule
