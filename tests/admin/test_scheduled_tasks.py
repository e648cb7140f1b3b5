"""What beat does by itself, as staff see it; and that what somebody does to its rows stops nothing for good."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from config.celery import app
from config.schedule import SCHEDULE
from config.scheduler import Scheduler
from tests.admin.desk import read
from tests.admin.office import lists

pytestmark = pytest.mark.django_db
SWEEP = "sweep the inbox"


@pytest.fixture
def task(db):
    """Every two seconds, and just now."""
    often, _ = IntervalSchedule.objects.get_or_create(every=2, period="seconds")
    return PeriodicTask.objects.create(name=SWEEP, task="webhooks.drain", interval=often, last_run_at=timezone.now())


@pytest.mark.parametrize(
    ("every", "period", "words"),
    [(1, "seconds", "every second"), (15, "seconds", "every 15 seconds"), (1800, "seconds", "every 30 minutes"),
     (3600, "seconds", "every hour"), (6, "hours", "every 6 hours"), (90, "seconds", "every 90 seconds")],
)  # fmt: skip
def test_how_often_is_said_as_people_say_it(task, as_, every, period, words):
    task.interval = IntervalSchedule.objects.create(every=every, period=period)
    task.save()
    assert f"Sweep the inbox webhooks.drain {words} On" in read(as_("viewer").get(lists()["django_celery_beat_periodictask"]))


def test_a_time_of_day_is_said_too(as_):
    four = CrontabSchedule.objects.create(minute="0", hour="4", timezone="UTC")
    mondays = CrontabSchedule.objects.create(minute="0", hour="4", day_of_week="1", timezone="UTC")
    PeriodicTask.objects.create(name="clean up", task="t.a", crontab=four)
    PeriodicTask.objects.create(name="on mondays", task="t.b", crontab=mondays)
    page = read(as_("viewer").get(lists()["django_celery_beat_periodictask"]))
    assert "every day at 04:00 UTC" in page
    assert "0 4 * * 1" in page


@pytest.mark.parametrize(
    ("changed", "state"),
    [({"enabled": False}, "Off"), ({"last_run_at": timezone.now() - timedelta(hours=1)}, "Late"), ({"last_run_at": None}, "On")],
)
def test_what_is_off_or_late_is_told(task, as_, changed, state):
    PeriodicTask.objects.filter(pk=task.pk).update(**changed)
    browser = as_("viewer")
    assert f"every 2 seconds {state}" in read(browser.get(lists()["django_celery_beat_periodictask"]))
    assert f"Sweep the inbox {state}" in read(browser.get(f"/admin/django_celery_beat/periodictask/{SWEEP}/change/"))


def test_it_stands_in_the_menu_of_whoever_may_see_it(task, as_):
    assert lists()["django_celery_beat_periodictask"] in as_("viewer").get("/admin/").content.decode()
    newcomer = as_("new")
    assert lists()["django_celery_beat_periodictask"] not in newcomer.get("/admin/").content.decode()
    assert newcomer.get(lists()["django_celery_beat_periodictask"]).status_code == 403


def test_nobody_changes_it_from_here(task, as_):
    browser = as_("admin")
    for address in ("", "add/", f"{SWEEP}/change/", f"{SWEEP}/delete/"):
        asked = browser.post(f"/admin/django_celery_beat/periodictask/{address}", {"enabled": "", "name": SWEEP})
        assert asked.status_code in {403, 404}
    task.refresh_from_db()
    assert task.enabled


@pytest.mark.django_db(transaction=True)  # beat closes the connections that are old
def test_a_schedule_that_was_spoilt_in_the_database_is_whole_when_beat_starts(task):
    never = IntervalSchedule.objects.create(every=1000, period="days")
    PeriodicTask.objects.filter(pk=task.pk).update(enabled=False, interval=never, task="no.such_task", args="[", queue="nowhere")
    PeriodicTask.objects.create(name="nonsense", task="no.such_task", interval=never, args="not JSON")
    entry = Scheduler(app=app).schedule[SWEEP]
    assert (entry.task, entry.schedule.run_every, entry.options["queue"], entry.args) == (
        "webhooks.drain", timedelta(seconds=SCHEDULE[SWEEP]["schedule"]), "settle", [],
    )  # fmt: skip
    assert PeriodicTask.objects.get(name=SWEEP).enabled
