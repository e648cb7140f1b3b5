"""What every test leans on: the one place that may empty immutable tables."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_triggers() -> Iterator[None]:
    """Tests with real transactions empty the tables behind them; the triggers of immutable ones rest for that flush alone."""
    from django.db import transaction
    from django.db.backends.postgresql.operations import DatabaseOperations

    def flush(self: Any, statements: list[str]) -> None:
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                cursor.execute(statement)

    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _no_hatchery_is_left() -> Iterator[None]:
    yield
    from tests import hatchery

    hatchery.close_all()


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
