"""Who calls in these tests."""

import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2
import pytest
from django.test import Client

from tests.servers import free_port, running


class Key(NamedTuple):
    """A merchant's key as its server sends it."""

    headers: dict[str, str]
    actor: str


class Served(NamedTuple):
    """The proving ground, answering; `pid` is the parent of its processes."""

    url: str
    pid: int


@pytest.fixture
def ground(settings: Any) -> Any:
    """The proving ground behind Django's test client."""
    import tests.api.ground

    settings.ROOT_URLCONF = tests.api.ground.__name__
    return tests.api.ground


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def shop_key(bookshop: Any) -> Key:
    return key_of(bookshop)


def key_of(merchant: Any, **options: Any) -> Key:
    from access.services.api_keys import issue_key

    issued = issue_key(holder=merchant, actor="system:test", reason="A till.", **options)
    return Key({"X-Api-Key": issued.key.key_id, "X-Api-Secret": issued.secret}, merchant.actor)


@pytest.fixture(scope="module")
def four_processes(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The proving ground on four processes of the server that production runs."""
    port, log = free_port(), tmp_path_factory.mktemp("gunicorn") / "log"
    url = f"http://127.0.0.1:{port}"
    options = ("--preload", "--workers=4", "--worker-class=gthread", "--threads=8", f"--bind=127.0.0.1:{port}")
    command = (sys.executable, "-m", "gunicorn", "tests.api.serving:application", "--no-control-socket", *options)
    with running(*command, log=log, API_QUOTA="100000/minute", API_QUOTA_MONEY="100000/minute") as child:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx2.get(f"{url}/health", timeout=10)
                break
            except httpx2.TransportError:
                if child.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"gunicorn did not come up:\n{log.read_text()}") from None
                time.sleep(0.1)
        yield Served(url, child.pid)
