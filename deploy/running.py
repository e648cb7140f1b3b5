"""`make run`, the story: servers, schema, demo world, three processes, and everything gone again when it stops."""

import ctypes
import fcntl
import hashlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from deploy import dotenv
from deploy.bootstrap import ROOT
from deploy.console import Tail, say, write
from deploy.embedded import Stack, StateInUse
from deploy.guard import PR_SET_PDEATHSIG
from deploy.processes import Process
from deploy.readiness import Readiness
from deploy.run import port as free_port
from deploy.server import ServerError
from deploy.supervisor import Member, Supervisor

STATE = ROOT / ".local"
LOGS = STATE / "log"
STATIC_MANIFEST = STATE / "static" / "staticfiles.json"
STATIC_STAMP = STATE / "static.stamp"
TICK = 0.2
READY_WITHIN = 120.0
DEATHS_BEFORE_READY = 3
ONE_REQUEST_SECONDS = 1.0
SERVER_TROUBLE = re.compile(r"\bPANIC\b|could not |MISCONF|Can't save|OOM")


class CannotRun(Exception):
    """Something that Bursar needs cannot be had, or did not work. The message is for whoever typed `make run`."""


class Stopping(Exception):
    """Somebody asked us to stop while we were still getting up."""


class StopSignals:
    """Counts what asks us to stop: the first is heeded in order, a second one is impatient."""

    def __init__(self) -> None:
        self._asked: float | None = None
        self._impatient = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup a terminal that closes is no reason to stop.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._heed)

    def asked(self) -> bool:
        return self._asked is not None

    def impatient(self) -> bool:
        return self._impatient

    def _heed(self, *_: object) -> None:
        # One request can arrive twice, from a process group and through make, which passes it on.
        if self._asked is None:
            self._asked = time.monotonic()
        elif time.monotonic() - self._asked > ONE_REQUEST_SECONDS:
            self._impatient = True


def main() -> None:
    stop = StopSignals()
    _stop_with_make()
    port = free_port()
    try:
        with _only_one():
            _run(port, stop)
    except (CannotRun, ServerError, OSError) as error:
        if not stop.asked():
            say("bursar", str(error))
            sys.exit(1)
    except Stopping:
        say("bursar", "stopped before it was ready")


def _run(port: int, stop: StopSignals) -> None:
    if added := dotenv.complete(ROOT / ".env", ROOT / ".env.example"):
        say("bursar", f"written to .env: {', '.join(added)}")
    values = {**dotenv.read(ROOT / ".env"), **os.environ}
    stack = Stack(STATE, explicit=values)
    begun = time.monotonic()
    try:
        environment = {**os.environ, **stack.urls.environment(), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
        static = _collect_static(environment)
        stack.start(stop.asked)
        for server in stack.servers:
            say(server.name, f"answers on 127.0.0.1:{server.port}")
        _manage("migrate", environment, stop)
        demo = _manage("seed_demo", environment, stop) if values.get("BURSAR_ENV", "demo") == "demo" else ""
        if static:
            _finish(static, stop)
            STATIC_STAMP.write_text(_static_digest())
        processes = _processes(port, environment)
        members: list[Member] = [*processes, *stack.servers]
        tails = [Tail(process.name, process.log) for process in processes]
        tails += [Tail(server.name, server.log, SERVER_TROUBLE) for server in stack.servers]
        for process in processes:
            process.spawn()
        supervisor = Supervisor(members)
        try:
            _until_ready(port, supervisor, tails, stop)
            say("bursar", f"ready after {time.monotonic() - begun:.1f} s")
            _introduce(port, values, demo)
            while not stop.asked():
                _tick(supervisor, tails)
        finally:
            say("bursar", "stopping: what is under way is finished first; once more Ctrl-C kills it")
            supervisor.stop(25.0, stop.impatient)
    finally:
        stack.stop(hurry=stop.impatient)
        say("bursar", "stopped")


def _processes(port: int, environment: Mapping[str, str]) -> list[Process]:
    """Those that take work stop before those that do it."""
    commands = {
        "server": [
            *("uvicorn", "config.asgi:application", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
            *("--loop", "uvloop", "--http", "httptools", "--no-access-log"),
            *("--timeout-graceful-shutdown", "20", "--timeout-keep-alive", "30"),
        ],
        "worker": [
            *("celery", "-A", "config", "worker", "--pool", "threads", "--concurrency", "4"),
            *("-Q", "settle,default", "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        ],
        "beat": ["celery", "-A", "config", "beat", "--loglevel", "INFO", "--pidfile="],
    }
    return [
        Process(name, [sys.executable, "-m", *command], log=LOGS / f"{name}.log", env=environment, cwd=ROOT)
        for name, command in commands.items()
    ]


def _until_ready(port: int, supervisor: Supervisor, tails: list[Tail], stop: StopSignals) -> None:
    readiness = Readiness(port)
    deadline, ask_again = time.monotonic() + READY_WITHIN, 0.0
    while not readiness.ready:
        if stop.asked():
            raise Stopping
        _tick(supervisor, tails)
        for watch in supervisor.watches:
            if watch.deaths >= DEATHS_BEFORE_READY:
                words = watch.member.last_words()
                raise CannotRun(f"{watch.member.name} does not stay up. The end of its log:\n{words}")
        if time.monotonic() > deadline:
            raise CannotRun(f"Not ready after {READY_WITHIN:.0f} s. Still waiting for: {readiness.waiting_for}")
        if time.monotonic() > ask_again:
            readiness.ask()
            ask_again = time.monotonic() + 0.5


def _tick(supervisor: Supervisor, tails: list[Tail]) -> None:
    time.sleep(TICK)
    supervisor.tick()
    for tail in tails:
        tail.follow()


def _manage(command: str, environment: Mapping[str, str], stop: StopSignals) -> str:
    """Run one of Django's commands to its end; what it said. Raises CannotRun with the end of it when it fails."""
    say("bursar", f"manage.py {command}")
    return _finish(_command(command, environment), stop)


def _command(command: str, environment: Mapping[str, str], *options: str) -> Process:
    log = LOGS / f"{command}.log"
    log.unlink(missing_ok=True)
    return Process(command, [sys.executable, "manage.py", command, *options], log=log, env=environment, cwd=ROOT)


def _finish(process: Process, stop: StopSignals) -> str:
    code = process.run(stop.asked)
    if stop.asked():
        raise Stopping
    if code:
        raise CannotRun(f"{process.name} failed (exit code {code}):\n{process.last_words()}")
    return process.log.read_text(errors="replace")


def _collect_static(environment: Mapping[str, str]) -> Process | None:
    """Started, not awaited: it needs no database. None when nothing has changed since the last time."""
    if STATIC_MANIFEST.exists() and STATIC_STAMP.exists() and STATIC_STAMP.read_text() == _static_digest():
        return None
    say("bursar", "manage.py collectstatic")
    process = _command("collectstatic", environment, "--noinput", "--verbosity", "0")
    process.spawn()
    return process


def _static_digest() -> str:
    """Of everything that collectstatic would look at: our files, and the packages' by their lock file."""
    files = sorted(path for path in ROOT.glob("*/static/**/*") if path.is_file())
    facts = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    facts += [(ROOT / name).read_text() for name in ("requirements.txt", "config/settings.py")]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _introduce(port: int, values: Mapping[str, str], demo: str) -> None:
    site = f"http://127.0.0.1:{port}"
    notification = json.dumps(
        {
            "transactionId": "TXN_DEMO_001",
            "studentId": "S004",
            "amountPaid": 50000.00,
            "paymentMethod": "MPESA",
            "status": "SUCCESS",
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
    )
    write(
        f"""
{demo.rstrip()}

  {site}/admin/         the finance office
  {site}/docs           the API
  {site}/health/ready   how it is

Pay a student's fee the way a gateway reports one:

  curl -X POST {site}/api/v1/payment/notification \\
    -H 'Authorization: Bearer {values.get("CELLULANT_BEARER_TOKEN", "")}' \\
    -H 'Content-Type: application/json' \\
    -d '{notification}'

Logs are in .local/log/. Ctrl-C stops everything.

"""
    )


@contextmanager
def _only_one() -> Iterator[None]:
    STATE.mkdir(exist_ok=True)
    with (STATE / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StateInUse(f"Bursar runs already, as process {lock.read().strip()}. Only one can use .local/.") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _stop_with_make() -> None:
    """When make is killed it takes nobody along, and we would go on unseen."""
    if "MAKELEVEL" in os.environ and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


if __name__ == "__main__":
    main()
