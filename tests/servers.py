"""Processes of the product, started on the test database, as production would start them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx2
from django.db import connection

from tests.hatchery import ROOT, Hatched, hatchery

__all__ = ["ROOT", "environment", "free_port", "hatched", "own_server", "running", "server"]

PROTOCOL = "config.asgi:Protocol"


def environment(**more: str) -> dict[str, str]:
    """This process's environment, with the database that the tests are running on.

    Without the pool that a test asked for by importing an entry point: a server asks for its own.
    """
    here = connection.settings_dict
    secret = f":{quote(here['PASSWORD'], safe='')}" if here["PASSWORD"] else ""
    url = f"postgresql://{quote(here['USER'])}{secret}@{here['HOST']}:{here['PORT']}/{here['NAME']}"
    ours = {name: value for name, value in os.environ.items() if name != "DATABASE_POOL"}
    return {**ours, "BURSAR_ENV": "test", "DATABASE_URL": url, "DATABASE_OWNER_URL": url} | more


def free_port() -> int:
    """A port of this test process's own share: the same one may be offered to another before our server has taken it."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port // 2 % workers == worker:  # what the kernel offers is even, or odd, for long
            return port


@contextmanager
def running(*command: str, log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child process that is gone afterwards, whatever happened."""
    with log.open("ab") as output:
        child = subprocess.Popen(command, cwd=ROOT, env=environment(**more), stdout=output, stderr=output, start_new_session=True)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@contextmanager
def hatched(*command: str, log: Path, patience: float = 15, **more: str) -> Iterator[Hatched]:
    """A server forked from a process that has the product loaded. Who does not stop within `patience` seconds is killed."""
    child = hatchery(environment(**more)).hatch(*command, log=log)
    try:
        yield child
    finally:
        child.end(patience)


@contextmanager
def server(log: Path, *, http: str = PROTOCOL, **more: str) -> Iterator[str]:
    """The ASGI server on a port of its own, forked from a loaded process; yields its URL once it answers."""
    port = free_port()
    with hatched("uvicorn", *_application(port, http), log=log, **more) as child:
        yield _answering(port, child.gone, log)


@contextmanager
def own_server(log: Path, **more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same, started as production starts it, for tests in which it or what it leans on dies; yields its process too."""
    port = free_port()
    with running(sys.executable, "-m", "uvicorn", *_application(port), log=log, **more) as child:
        yield _answering(port, lambda: child.poll() is not None, log), child


def _application(port: int, http: str = PROTOCOL) -> tuple[str, ...]:
    return "config.asgi:application", "--host", "127.0.0.1", "--port", str(port), "--http", http, "--no-access-log"


def _answering(port: int, gone: Callable[[], bool], log: Path) -> str:
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 30
    while True:
        try:
            httpx2.get(f"{url}/health", timeout=2)
        except httpx2.TransportError:
            if gone() or time.monotonic() > deadline:
                raise AssertionError(f"the server did not come up:\n{log.read_text()}") from None
            time.sleep(0.02)
        else:
            return url
