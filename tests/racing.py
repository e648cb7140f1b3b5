"""Real connections racing: each function runs in a thread of its own, with its own connection, started together."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, connections, transaction


def race(*runners: Callable[[], Any], seconds: float = 30) -> list[Any]:
    """Run all at once; answers (or the exceptions raised) in the order of the arguments."""
    answers: list[Any] = [TimeoutError("never finished")] * len(runners)
    start = threading.Barrier(len(runners))

    def run(index: int, runner: Callable[[], Any]) -> None:
        try:
            start.wait(seconds)
            answers[index] = runner()
        except Exception as raised:  # noqa: BLE001 - an exception is an answer here
            answers[index] = raised
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    return answers


def overlap(
    first: Callable[[], Any], second: Callable[[], Any], *, then: Callable[[], Any] = lambda: None, seconds: float = 30
) -> list[Any]:
    """Run `second` while what `first` did is not committed yet; once `second` waits for it or is done, do `then` and commit.

    Where `race` may be lucky, this is the meeting itself. The answers of first and second (or what second raised).
    """
    answers: list[Any] = [None, TimeoutError("never finished")]

    def run() -> None:
        try:
            answers[1] = second()
        except Exception as raised:  # noqa: BLE001 - an exception is an answer here
            answers[1] = raised
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    with transaction.atomic():
        answers[0] = first()
        thread.start()
        deadline = time.monotonic() + seconds
        while thread.is_alive() and not _someone_waits_for_us() and time.monotonic() < deadline:
            time.sleep(0.005)
        then()
    thread.join(seconds)
    return answers


def _someone_waits_for_us() -> bool:
    # Not pg_stat_activity: within one transaction it shows what it showed first.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])
