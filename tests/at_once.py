"""Two hands that reach for the same thing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls at the same moment, each on a connection of its own; their answers, or what they raised, in order.

    The test needs `django_db(transaction=True)`: what it prepared must be committed for the others to see it.
    """
    barrier = Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(10)
            return call()
        except Exception as raised:  # noqa: BLE001 - whatever it is, the test looks at it
            return raised
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as hands:
        return list(hands.map(one, calls))
