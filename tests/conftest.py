"""What every test leans on: tables emptied behind it, and the merchant who is in many of them."""

import gc
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import tests.emptying
import tests.kinds


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start servers mostly wait, the others mostly count: they are mixed, so that two workers keep two cores busy
    from the first to the last, and what is left to the end is short.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting = [of_one for of_one in files.values() if any(item.get_closest_marker("stack") for item in of_one)]
    counting = [of_one for of_one in files.values() if of_one not in waiting]
    beside = len(counting) // (len(waiting) + 1)
    for place, of_one in reversed(list(enumerate(waiting))):
        counting.insert(place * beside, of_one)
    items[:] = [item for of_one in counting for item in of_one]


def pytest_collection_finish() -> None:
    """What is loaded by now stays, and need not be searched for garbage some thousand times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """pytest-django's, with the movements that only tests know, and tables are emptied our way from here on."""
    with django_db_blocker.unblock():
        tests.kinds.declare()
        patch = tests.emptying.install()
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _no_hatchery_is_left() -> Iterator[None]:
    yield
    from tests import hatchery

    hatchery.close_all()


@pytest.fixture(scope="session", autouse=True)
def _certificates_are_read_once() -> Iterator[None]:
    """The tests ask some thousand times over plain HTTP; each client would first read every certificate of this world."""
    import httpcore2

    patch = pytest.MonkeyPatch()
    patch.setattr(httpcore2, "default_ssl_context", cache(httpcore2.default_ssl_context))
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _a_folder_for_static_files() -> None:
    """WhiteNoise warns when nothing was collected yet, and warnings are errors here."""
    from django.conf import settings

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _attempts_of_its_own(settings: Any) -> None:
    """What one test tries too often locks no other out, neither beside it nor in the next run: Valkey outlives them all."""
    from core.ids import new_id

    settings.RATELIMIT_CACHE_PREFIX = f"{new_id()}:"


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
