"""Beat's schedule out of the database."""

import time

from django_celery_beat.schedulers import DatabaseScheduler

LOOKS_EVERY = 5.0
"""Seconds until a change of the schedule is seen."""


class Scheduler(DatabaseScheduler):  # type: ignore[misc] # the library has no types
    """The library's, which asks the database at each of its steps whether somebody changed the schedule: this one asks seldom.

    Each question costs some milliseconds of the worker that settles payments.
    """

    _look_again = 0.0

    def schedule_changed(self) -> bool:
        now = time.monotonic()
        if now < self._look_again:
            return False
        self._look_again = now + LOOKS_EVERY
        return bool(super().schedule_changed())
