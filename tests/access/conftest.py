"""The cast of these tests, and two hands that reach for the same thing."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _no_remembered_tokens() -> Iterator[None]:
    """Each test meets the tokens of its own database, not those this process saw in the test before."""
    from access import gateway_tokens

    gateway_tokens.forget()
    yield
    gateway_tokens.forget()


@pytest.fixture
def amina(db: None) -> Any:
    """Sells books."""
    from access.models import User

    return User.objects.create_user("amina@example.com", full_name="Amina Odhiambo")


@pytest.fixture
def bookshop(amina: Any) -> Any:
    from access.services.merchants import create_merchant

    return create_merchant(
        owner=amina, name="Makini Bookshop", email="shop@example.com", actor="system:test", reason="It sells our books."
    )


@pytest.fixture
def grace(db: None) -> Any:
    """Works in the finance office."""
    from access.models import User

    return User.objects.create_user("grace@example.com", full_name="Grace Wanjiru")


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """Run calls at the same moment, each on a connection of its own; their answers, or what they raised, in order."""
    from django.db import connections

    def run(*calls: Callable[[], Any]) -> list[Any]:
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

    return run
