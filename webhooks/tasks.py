"""Tasks by name; what they do stands in the modules they call. Each is safe to run twice."""

from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from webhooks import drain as drains


@shared_task(name="webhooks.drain")
def drain() -> None:
    """Decide what waits in the inbox. Nudged by the intake; beat sends it too, as the sweeper."""
    drains.drain()


@worker_shutting_down.connect
def end_soon(**_: Any) -> None:
    drains.end_soon()
