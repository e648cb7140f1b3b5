"""Two batches side by side while there is a backlog: PostgreSQL works on one while Python works on the other.

The lanes share nothing but the tables; `FOR UPDATE SKIP LOCKED` keeps their events apart, and the rows that both must move (a
student's balance, the queue's counters) are written last, so that one waits for the other's commit and not for its batch.
"""

import threading
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import connections

from webhooks.deciding import decide_next


class Lanes:
    """The caller's thread is the first lane; a second thread joins in when a batch came out full, and rests when one does not."""

    def __init__(self, holder: str = "") -> None:
        self._holder = holder
        self._backlog, self._closing = threading.Event(), threading.Event()
        self._second: threading.Thread | None = None
        self._beside = 0
        self._counting = threading.Lock()
        self._failure: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing.set()
        self._backlog.set()
        if self._second is not None:
            self._second.join()
        if error is None:
            self._raise()

    def decide_next(self) -> int:
        """Decide a batch; how many events that were, and the second lane's since the last call. Raises what either met with."""
        found = decide_next(holder=self._holder)
        self._raise()
        if found >= settings.SETTLE_BATCH:
            self._join_in()
        return found + self.decided_beside()

    def decided_beside(self) -> int:
        """What the second lane has decided and nobody has been told of."""
        with self._counting:
            beside, self._beside = self._beside, 0
        return beside

    def _join_in(self) -> None:
        if self._second is None:
            self._second = threading.Thread(target=self._run, name="second-lane", daemon=True)
            self._second.start()
        self._backlog.set()

    def _run(self) -> None:
        try:
            while not self._closing.is_set():  # asked after every clear(), which may have taken the closing's own wake-up away
                self._backlog.wait()
                found = 0 if self._closing.is_set() else decide_next(holder=self._holder)
                with self._counting:
                    self._beside += found
                if found < settings.SETTLE_BATCH:
                    self._backlog.clear()
        except Exception as failure:  # noqa: BLE001 - the first lane raises it, where somebody sees it
            self._failure = failure
        finally:
            connections.close_all()  # this thread's own

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure
