from collections.abc import Iterator
from pathlib import Path

import pytest

from access.services.gateway_tokens import install_token
from tests.cast import TOKEN
from tests.servers import PROTOCOL, server

LIMIT = 1024 * 1024
"""Bytes that the server under test holds of deliveries that wait, and as many of those that arrive."""


@pytest.fixture(params=[PROTOCOL, "httptools"], ids=["the short way", "the ordinary way"])
def intake(request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """A server of the real thing on the test database, its URL: with our protocol, and with uvicorn's own."""
    install_token(gateway="cellulant", kind="bearer", token=TOKEN)
    limits = {"INTAKE_BODY_SECONDS": "3", "INTAKE_MAX_WAITING_BYTES": str(LIMIT)}
    with server(tmp_path / "server.log", http=request.param, **limits) as url:
        yield url
