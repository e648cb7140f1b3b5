"""Being asked to stop: by a person, by whoever started us, by the death of make."""

import ctypes
import os
import signal
import sys
import time

from deploy.guard import PR_SET_PDEATHSIG

ONE_REQUEST_SECONDS = 1.0


class Stopping(Exception):
    """Somebody asked us to stop while we were still getting up."""


class StopSignals:
    """Counts what asks us to stop: the first is heeded in order, a second one is impatient."""

    def __init__(self) -> None:
        self._asked: float | None = None
        self._impatient = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup a terminal that closes is no reason to stop.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._heed)

    def asked(self) -> bool:
        return self._asked is not None

    def impatient(self) -> bool:
        return self._impatient

    def _heed(self, *_: object) -> None:
        # One request can arrive twice, from a process group and through make, which passes it on.
        if self._asked is None:
            self._asked = time.monotonic()
        elif time.monotonic() - self._asked > ONE_REQUEST_SECONDS:
            self._impatient = True


def stop_with_make() -> None:
    """When make is killed it takes nobody along, and we would go on unseen."""
    if "MAKELEVEL" in os.environ and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
