"""The nudge to the drain: one coalesced message, from a thread of its own, never awaited.

A broker that is away costs an acknowledgement nothing: the rows wait, and the sweeper takes them.
"""

import threading

from core.defer import nudge

COALESCE_SECONDS = 5.0
"""At most one message in this time, half as long as a drain stays awake for: one that is awake polls by itself, the message only
wakes one that sleeps. Each costs the worker a task that finds the lease taken, in the time of the one that settles."""


class Nudger:
    """`wake()` costs a flag; the thread behind it sends."""

    def __init__(self, task: str) -> None:
        self._task = task
        self._due = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake-nudge", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        if not self._due.is_set():  # asking takes no lock
            self._due.set()

    def stop(self) -> None:
        """Nudge once more, for what came since the last time, and end: at once, not when the pause is over."""
        self._stopping.set()
        self._due.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            # Asked before the nudge: who wakes us and then stops us while it is being sent is owed one more.
            last = self._stopping.is_set()
            nudge(self._task)
            if last:
                return
            self._stopping.wait(COALESCE_SECONDS)
