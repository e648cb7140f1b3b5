"""Beat as a thread of a worker, by the worker's option `--with-beat`: a process of its own would be one more Django in memory.

Among several workers exactly one may have it, as exactly one process may be `celery beat`.
"""

import logging
import threading
from typing import Any

from celery import Celery, bootsteps
from celery.beat import Service
from django.db import connections

logger = logging.getLogger(__name__)


class Beat:
    """Sends what is due until it is stopped. What ends it before that is logged, and it begins again after a pause."""

    def __init__(self, app: Celery, *, scheduler: Any = None, pause: float = 5.0) -> None:
        self._app, self._scheduler, self._pause = app, scheduler or app.conf.beat_scheduler, pause
        self._stopping = threading.Event()
        self._service: Any = None
        self._thread = threading.Thread(target=self._run, name="beat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when nothing more is sent; not later than three seconds, though it may hang on a broker that is away."""
        self._stopping.set()
        if self._service is not None:
            self._service.stop()
        if self._thread.is_alive():
            self._thread.join(3)

    def _run(self) -> None:
        self._app.set_current()
        _keep_connection()
        while not self._stopping.is_set():
            # Nothing is carried over: the schedule is read anew, from a new connection.
            self._service = Service(self._app, scheduler_cls=self._scheduler, max_interval=1)
            try:
                if not self._stopping.is_set():
                    self._service.start()
            except Exception:
                logger.exception("beat stopped; it begins again in %g s", self._pause)
            finally:
                connections.close_all()
            self._stopping.wait(self._pause)


def _keep_connection() -> None:
    """Of this thread. The scheduler lets go of what has reached its age before each look, and a new connection
    costs many times the look: the payments that were settled at that moment took 30 ms longer.
    """
    connection = connections["default"]
    if "pool" not in connection.settings_dict["OPTIONS"]:  # which keeps connections by itself, and allows nobody else to
        connection.settings_dict = {**connection.settings_dict, "CONN_MAX_AGE": None}


class BeatStep(bootsteps.StartStopStep):
    """What the worker starts before it takes tasks, and stops after."""

    label = "Beat in a thread"
    conditional = True

    def __init__(self, worker: Any, with_beat: bool = False, **options: Any) -> None:
        super().__init__(worker, **options)
        self.enabled = with_beat

    def create(self, worker: Any) -> Any:
        return Beat(worker.app)
