"""The Celery app. Its name in commands is `config`: `celery -A config worker`."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun
from click import Option
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Celery's own run of the system checks imports every URL and admin page into each worker; ours run as the apps get ready.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# By name, so that only who uses it imports it.
TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), "config.broker:Transport"))

SEND_SECONDS = 1


class Bursar(Celery):
    """Whoever sends a message waits no longer than SEND_SECONDS at each try: RabbitMQ, short of memory or disk, confirms it only
    when that is over.
    """

    def send_task(self, *args: Any, producer: Any = None, **options: Any) -> Any:
        patience = {"timeout": SEND_SECONDS, "confirm_timeout": SEND_SECONDS}
        with self.producer_or_acquire(producer) as sender:
            try:
                return super().send_task(*args, **patience | options | {"producer": sender})
            except OperationalError:
                sender.connection.collect()  # without a goodbye, whose answer would be waited for without end
                raise


app = Bursar("bursar")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.user_options["worker"].add(Option(["--with-beat"], is_flag=True, help="Be beat as well. Only one worker may."))
# By name, so that only workers import it.
app.steps["worker"].add("config.beat:BeatStep")


@task_prerun.connect
def drop_dead_connections(**_: Any) -> None:
    """A connection outlives its task here, so it may have died with the server since; one round trip finds out."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
            connection.close()
