"""A whole Bursar of its own: servers in a directory, schema, students, and real processes to start, kill and watch."""

import base64
import os
import random
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from deploy.bootstrap import ROOT
from deploy.embedded import Stack
from deploy.processes import Process
from deploy.server import PORTS, port_is_free

Connection = psycopg.Connection[tuple[Any, ...]]


class SiteError(Exception):
    """Something of the site did not work; the message is for whoever runs the bench."""


class Site:
    """Servers are up inside the `with` block; processes run when asked for. Nothing outlives it."""

    def __init__(self, state: Path, *, intakes: int = 1, workers: int = 1) -> None:
        self.state = state
        self.stack = Stack(state)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox_port = _free_port()
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.token = secrets.token_hex(24)
        self.sealing_key = secrets.token_bytes(32)
        self._wanted = intakes, workers
        self.intakes: list[Process] = []
        self.workers: list[Process] = []

    @property
    def processes(self) -> list[Process]:
        """Those that take work before those that do it."""
        return [*self.intakes, *self.workers]

    def __enter__(self) -> Self:
        self.stack.start()
        try:
            intakes, workers = self._wanted
            self.intakes = [self.python(f"intake-{n}", *INTAKE, self.port) for n in range(intakes)]
            self.workers = [self.python(f"worker-{n}", *WORKER, *([] if n else [WITH_BEAT])) for n in range(workers)]
            self.manage("migrate", "--verbosity", "0")
            self.manage(*LET_CELLULANT_IN, said=self.token)
        except BaseException:
            self.stack.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop_processes()
        self.stack.stop()

    def environment(self, *, database: str = "", owner: bool = False) -> dict[str, str]:
        """What every process of the site sees; `database` names another one than the site's own."""
        urls = self.stack.urls.environment()
        if database:
            urls |= {name: urls[name].rpartition("/")[0] + f"/{database}" for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
        return {
            **os.environ,
            **urls,
            "BURSAR_ENV": "test",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DJANGO_SECRET_KEY": "a secret key of a site that lives as long as its bench",
            "BURSAR_HMAC_KEY": "bench",
            "BURSAR_ENCRYPTION_KEYS": f"bench:{base64.b64encode(self.sealing_key).decode()}",
            "CELLULANT_BEARER_TOKEN": self.token,
            "PUBLIC_URL": self.url,
            "SANDBOX_URL": self.sandbox_url,
            "GATEWAY_PACE_PERCENT": "2",
            "DARAJA_C2B_SHORTCODE": "174379",  # the till of the prompts: once it is registered, it confirms them, too
            "STAFF_SECOND_FACTOR": "false",
            "API_QUOTA": "1000000/minute",
            "API_QUOTA_MONEY": "1000000/minute",
            **{name: f"{name.lower()}-of-the-bench".replace("_", "-") for name in GATEWAY_SECRETS},
            "LOG_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",
            "BURSAR_DATABASE_ROLE": "owner" if owner else "runtime",
        }

    def python(self, name: str, module: str, *arguments: object) -> Process:
        """A Python module as a process of the site, not started yet."""
        command = [sys.executable, "-m", module, *map(str, arguments)]
        return Process(name, command, log=self.state / "log" / f"{name}.log", env=self.environment(), cwd=ROOT)

    def run(self, module: str, *arguments: object, database: str = "", owner: bool = False) -> str:
        """Run a module to its end; what it printed. Raises SiteError with its last words."""
        return self._finish(["-m", module, *map(str, arguments)], self.environment(database=database, owner=owner))

    def manage(self, *arguments: str, database: str = "", said: str = "") -> str:
        """One of Django's commands, run to its end; what it printed. Raises SiteError with its last words."""
        return self._finish(["manage.py", *arguments], self.environment(database=database), said)

    def prove(self, *, database: str = "") -> None:
        """Raises SiteError when an event waits undecided, or when the books lie."""
        with self.connect(database=database) as connection:
            undecided = connection.execute(_UNDECIDED).fetchone()
        if undecided != (0, 0):
            raise SiteError(f"{undecided} events wait, or were never decided.")
        self.manage("ledger", "verify", database=database)

    def enroll(self, count: int, *, fee_minor: int, inactive: int = 0) -> None:
        """Students `school.name_of(0…)`, the first `inactive` of them inactive, each charged one fee."""
        self.run("bench.harness.school", count, inactive, fee_minor)

    def connect(self, *, database: str = "") -> Connection:
        """As the owner of the tables, in autocommit."""
        owner = self.environment(database=database)["DATABASE_OWNER_URL"]
        return psycopg.connect(owner, autocommit=True)

    def break_in(self) -> None:
        """From now on PostgreSQL remembers when each transaction committed, and its WAL files are those of a server that has
        been in use: recycled ones. A new server makes each anew, and every commit waits while 16 MB of zeros are written.
        """
        with self.connect() as connection:
            connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        self.stack.postgres.stop()
        self.stack.postgres.start()
        with self.connect() as connection:
            for _ in range(WAL_FILES):
                connection.execute("SELECT pg_logical_emit_message(true, 'bench', 'filled'), pg_switch_wal()")
            connection.execute("CHECKPOINT")

    def start_processes(self, *, within: float = 180.0) -> None:
        """All of them; returns when the site says that it is ready."""
        for process in self.processes:
            process.spawn()
        wait_for(f"{self.url}/health/ready", self.processes, within=within)

    def start_intakes(self) -> None:
        """The doors alone: what comes in waits."""
        for process in self.intakes:
            process.spawn()
        wait_for(f"{self.url}/health", self.intakes)

    @contextmanager
    def serving(self, app: str, processes: int) -> Iterator[tuple[str, list[Process]]]:
        """Another ASGI app on the same kind of server, in as many processes; its URL, and them."""
        port = _free_port()
        servers = [self.python(f"{app.partition(':')[0]}-{n}", "bench.harness.serve", app, port) for n in range(processes)]
        try:
            for process in servers:
                process.spawn()
            wait_for(f"http://127.0.0.1:{port}/", servers)
            yield f"http://127.0.0.1:{port}", servers
        finally:
            for process in servers:
                process.stop()

    def stop_processes(self) -> None:
        for process in self.processes:
            process.stop()

    def wait_decided(self, *, within: float) -> float:
        """Until the inbox is empty; seconds waited. Raises SiteError when it still is not."""
        begun = time.monotonic()
        with self.connect() as connection:
            while connection.execute("SELECT EXISTS (SELECT FROM inbound_pending)").fetchone() == (True,):
                if time.monotonic() - begun > within:
                    raise SiteError(f"The inbox is not empty after {within:g} s.")
                time.sleep(0.05)
        return time.monotonic() - begun

    def _finish(self, arguments: list[str], environment: dict[str, str], said: str = "") -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, input=said, capture_output=True, text=True)
        if done.returncode:
            raise SiteError(f"{' '.join(arguments)} failed ({done.returncode}):\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return done.stdout


GATEWAY_SECRETS = (
    *("TINGG_CALLBACK_TOKEN", "DARAJA_CALLBACK_TOKEN", "STRIPE_WEBHOOK_SECRET", "MONNIFY_SECRET_KEY", "UPI_WEBHOOK_SECRET"),
    "BANK_WEBHOOK_SECRET",
)
WAL_FILES = 110
"""As many as lie between two checkpoints: max_wal_size."""
INTAKE = ("bench.harness.serve", "config.asgi:application")
WORKER = (
    *("celery", "-A", "config", "worker", "--pool", "threads", "--concurrency", "4", "-Q", "settle,default"),
    *("--without-gossip", "--without-mingle"),
)
WITH_BEAT = "--with-beat"
LET_CELLULANT_IN = ("gateway_tokens", "add", "cellulant", "bearer", "--reason", "A gateway for the bench.")
_UNDECIDED = """
SELECT (SELECT count(*) FROM inbound_pending),
       (SELECT count(*) FROM inbound_event e WHERE NOT EXISTS (SELECT FROM inbound_outcome o WHERE o.event_id = e.id))
"""


def wait_for(url: str, processes: Sequence[Process], *, within: float = 180.0) -> None:
    """Until GET `url` answers 200. Raises SiteError with the processes' last words after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own loopback address
                return
        except (OSError, urllib.error.URLError) as away:
            if time.monotonic() > deadline:
                words = "\n".join(f"{process.name}: {process.last_words(5)}" for process in processes)
                raise SiteError(f"{url} is not 200 after {within:g} s: {away}\n{words}") from away
        time.sleep(0.1)


def _free_port() -> int:
    return next(port for port in random.sample(PORTS, len(PORTS)) if port_is_free(port))
