from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from tests.gateways.far import FarSide
from tests.gateways.stage import Stage, aim, let_in, servers

CALM = {"delay": 0.0, "duplicate": 0.0, "lose": 0.0, "wrong_amount": 0.0, "errors": 0.0, "silence": 0.0, "pace": 0.0, "seed": 1}


@pytest.fixture(scope="module")
def addresses(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[tuple[str, str]]:
    """One door and one far side for a whole file, on one database: emptying it for each of the tests would take longer than they
    do. Each has a merchant, an order and a payment of its own. The books are true after all of them.
    """
    with django_db_blocker.unblock():
        assert connection.settings_dict["NAME"].startswith("test_")
        let_in()  # before the door opens: it reads its tokens now and then
        with servers(Path(tmp_path_factory.mktemp("contract"))) as both:
            yield both
            call_command("ledger", "verify")
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def stage(addresses: tuple[str, str], settings: Any) -> Iterator[Stage]:
    door, far = addresses
    aim(settings, door, far)
    stage = Stage(door, FarSide(far))
    stage.far.turn(**CALM)
    stage.close_circuits()
    yield stage
    stage.far.turn(**CALM)
    stage.quiet()
