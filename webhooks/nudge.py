"""The nudge to the drain: one coalesced message, from a thread of its own, never awaited.

A broker that is away costs an acknowledgement nothing: the rows wait, and the sweeper takes them.
"""

import threading
import time

from core.defer import nudge

COALESCE_SECONDS = 1.0
"""At most one message in this time: a drain that is awake polls by itself, the message only wakes one that sleeps. Each
costs the worker a task that finds the lease taken, in the time of the one that settles."""


class Nudger:
    """`wake()` costs a flag; the thread behind it sends."""

    def __init__(self, task: str) -> None:
        self._task = task
        self._due = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="intake-nudge", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        if not self._due.is_set():  # asking takes no lock
            self._due.set()

    def stop(self) -> None:
        self._stopping = True
        self._due.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            nudge(self._task)
            if self._stopping:
                return
            time.sleep(COALESCE_SECONDS)
