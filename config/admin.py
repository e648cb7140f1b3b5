"""The admins of packages, on the base that ours have."""

from datetime import UTC, datetime, timedelta
from typing import Any

import django_celery_beat.admin  # registers what is registered anew below
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from core.admin import shown
from core.admin.blocks import Facts, Note, Page
from core.admin.read_only import ReadOnlyAdmin

__all__ = ["PeriodicTaskAdmin", "django_celery_beat"]

for _model in (PeriodicTask, ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule):
    admin.site.unregister(_model)


LATE_AFTER = timedelta(minutes=10)
"""Beat writes down every three minutes what it has sent; a task that it does not send for longer has stopped."""


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ReadOnlyAdmin):
    """What beat does by itself. The schedule stands in the code and is written here when beat starts."""

    address_field = "name"
    title = "Scheduled tasks"
    in_numbers = ("scheduled task", "scheduled tasks")
    ordering = ("name",)
    list_display = ("name_shown", "task_shown", "every", "state", "last_run", "runs")
    nothing_here = "Beat has not started yet: it writes its schedule here."

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("interval", "crontab", "solar", "clocked")

    @admin.display(description="Name")
    def name_shown(self, task: Any) -> str:
        return _name(task)

    @admin.display(description="Task")
    def task_shown(self, task: Any) -> SafeString:
        return shown.code(task.task)

    @admin.display(description="When")
    def every(self, task: Any) -> SafeString:
        return shown.text(_schedule(task))

    @admin.display(description="State")
    def state(self, task: Any) -> SafeString:
        return _state(task)

    @admin.display(description="Last run")
    def last_run(self, task: Any) -> SafeString:
        return shown.instant(task.last_run_at)

    @admin.display(description="Runs")
    def runs(self, task: Any) -> str:
        return f"{task.total_run_count:,}"

    def page(self, request: HttpRequest, obj: Any) -> Page:
        facts = [
            ("Task", shown.code(obj.task)),
            ("When", shown.text(_schedule(obj))),
            ("Last run", shown.instant(obj.last_run_at)),
            ("Runs", shown.text(f"{obj.total_run_count:,}")),
            ("Queue", shown.code(obj.queue or "")),
        ]
        note = Note(
            "The schedule stands in the code. Beat writes it here whenever it starts, and switches on what was switched off."
        )
        return Page(name=_name(obj), heading=_name(obj), state=_state(obj), main=[note], side=[Facts("About this task", facts)])


def _name(task: Any) -> str:
    return f"{task.name[:1].upper()}{task.name[1:]}" if " " in task.name else str(task.name)


def _schedule(task: Any) -> str:
    """In words: `every 30 minutes`, `every day at 04:00 UTC`, else the fields of a crontab."""
    if task.interval:
        return _often(task.interval)
    cron = task.crontab
    if cron and f"{cron.minute}{cron.hour}".isdigit() and {cron.day_of_week, cron.day_of_month, cron.month_of_year} == {"*"}:
        return f"every day at {int(cron.hour):02}:{int(cron.minute):02} {cron.timezone}"
    return str(cron or task.solar or task.clocked or "")


def _often(interval: Any) -> str:
    """In the largest unit that leaves no fraction."""
    seconds = timedelta(**{interval.period: interval.every}).total_seconds()
    for size, unit in ((3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return f"every {unit}" if seconds == size else f"every {seconds / size:.0f} {unit}s"
    return f"every {seconds:g} seconds" if seconds != 1 else "every second"


def _state(task: Any) -> SafeString:
    if not task.enabled:
        return shown.badge("Off", "warn")
    often = timedelta(**{task.interval.period: task.interval.every}) if task.interval else None
    late = often and task.last_run_at and datetime.now(UTC) - task.last_run_at > often + LATE_AFTER
    return shown.badge("Late", "bad") if late else shown.badge("On", "good")
