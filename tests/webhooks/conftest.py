from collections.abc import Iterator
from pathlib import Path

import pytest

from access.services.gateway_tokens import install_token
from tests.cast import TOKEN
from tests.servers import server


@pytest.fixture
def intake(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """A server of the real thing on the test database; its URL."""
    install_token(gateway="cellulant", kind="bearer", token=TOKEN)
    with server(tmp_path / "server.log", INTAKE_BODY_SECONDS="1") as url:
        yield url
