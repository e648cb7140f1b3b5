"""The admins of packages, on the base that ours have."""

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


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ReadOnlyAdmin):
    """What beat does by itself. The schedule stands in the code and is written here when beat starts."""

    address_field = "name"
    title = "Scheduled tasks"
    ordering = ("name",)
    list_display = ("name_shown", "task_shown", "every", "state", "last_run", "runs")
    nothing_here = "Beat has not started yet: it writes its schedule here."

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("interval", "crontab", "solar", "clocked")

    @admin.display(description="Name")
    def name_shown(self, task: Any) -> str:
        return str(task.name)

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
        note = Note(obj.description or "The schedule stands in the code and is written here when beat starts.")
        return Page(name=obj.name, heading=obj.name, state=_state(obj), main=[note], side=[Facts("About this task", facts)])


def _schedule(task: Any) -> str:
    """In words: `every 30 seconds`, or the fields of a crontab."""
    return str(task.interval or task.crontab or task.solar or task.clocked or "")


def _state(task: Any) -> SafeString:
    return shown.badge("On", "good") if task.enabled else shown.badge("Off", "warn")
