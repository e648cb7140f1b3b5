"""Real PostgreSQL and real Valkey without an installation, as one thing to start and stop.

with Stack(Path(".local")) as stack:
    stack.urls.database_url
    stack.postgres.kill(); stack.postgres.start()

python -m deploy.embedded STATE_DIR      # in the foreground; prints the URLs as NAME=value
"""

import argparse
import fcntl
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from deploy.postgres import Postgres
from deploy.processes import never
from deploy.server import Server, ServerError, StartCancelled
from deploy.valkey import Valkey


class StateInUse(ServerError):
    """Another process serves this state directory."""


@dataclass(frozen=True)
class Urls:
    """Where the servers are; `owner_url` may do everything in the database, `database_url` only what serving requests takes."""

    database_url: str
    owner_url: str
    redis_url: str
    broker_url: str

    def environment(self) -> dict[str, str]:
        """Under the names that the settings read."""
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "REDIS_URL": self.redis_url,
            "CELERY_BROKER_URL": self.broker_url,
        }


class Stack:
    """The servers of one state directory. Nobody else can serve it meanwhile: StateInUse.

    A URL in `explicit` (DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, CELERY_BROKER_URL) always wins over the embedded one,
    each by itself, and a server that no URL needs is not started.
    """

    def __init__(self, state: Path | str, *, explicit: Mapping[str, str] | None = None, allow_namespace: bool = True) -> None:
        self.state = Path(state).resolve()
        self.explicit = {name: url for name, url in (explicit or {}).items() if url}
        self.postgres = Postgres(self.state, allow_namespace=allow_namespace)
        self.valkey = Valkey(self.state)
        self._lock_file: IO[str] | None = None

    @property
    def servers(self) -> list[Server]:
        """The embedded ones that are needed."""
        needed: list[Server] = []
        if "DATABASE_URL" not in self.explicit:
            needed.append(self.postgres)
        if not {"REDIS_URL", "CELERY_BROKER_URL"} <= self.explicit.keys():
            needed.append(self.valkey)
        return needed

    @property
    def urls(self) -> Urls:
        given = self.explicit.get
        database = given("DATABASE_URL")
        return Urls(
            database_url=database or self.postgres.database_url,
            owner_url=given("DATABASE_OWNER_URL") or database or self.postgres.owner_url,
            redis_url=given("REDIS_URL") or self.valkey.redis_url,
            broker_url=given("CELERY_BROKER_URL") or self.valkey.broker_url,
        )

    def start(self, cancelled: Callable[[], bool] = never) -> None:
        """All servers at once; returns when they answer. On an error, or when `cancelled`, none is left running."""
        self._lock()
        try:
            self._start_servers(cancelled)
        except BaseException:
            self.stop()
            raise

    def stop(self, patience: float = 20.0, hurry: Callable[[], bool] = never) -> None:
        """All of them, in order: the data stays."""
        for server in self.servers:
            server.stop(patience, hurry)
        self._unlock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _start_servers(self, cancelled: Callable[[], bool]) -> None:
        failed = threading.Event()

        def begin(server: Server) -> None:
            try:
                server.start(lambda: failed.is_set() or cancelled())
                if isinstance(server, Postgres):
                    server.provision()
            except BaseException:
                failed.set()
                raise

        with ThreadPoolExecutor(max_workers=2) as pool:
            outcomes = [pool.submit(begin, server).exception for server in self.servers]
            errors = [error for outcome in outcomes if (error := outcome())]
        if errors:
            # The first to fail made the other give up: its error is the one to tell.
            raise min(errors, key=lambda error: isinstance(error, StartCancelled))

    def _lock(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        lock = (self.state / "servers.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            lock.close()
            raise StateInUse(f"Another process already runs the servers of {self.state}.") from held
        self._lock_file = lock

    def _unlock(self) -> None:
        if self._lock_file is not None:
            self._lock_file.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded", description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("state", type=Path, metavar="STATE_DIR")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stack = Stack(parser.parse_args().state)
    try:
        stack.start(stop.is_set)
        for name, url in stack.urls.environment().items():
            print(f"{name}={url}", flush=True)
        while not stop.wait(0.5):
            for server in stack.servers:
                server.start(stop.is_set)
        stack.stop()
    except StartCancelled:
        stack.stop()
    except ServerError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
