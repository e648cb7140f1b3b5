"""`make run`, the story: servers, schema, demo world, processes, and everything gone again when it stops."""

import fcntl
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from deploy import dotenv, static
from deploy.bootstrap import ROOT
from deploy.console import Tail, say, write
from deploy.embedded import Stack, StateInUse
from deploy.processes import Process
from deploy.readiness import Readiness
from deploy.run import port as free_port
from deploy.server import ServerError
from deploy.stopping import Stopping, StopSignals, stop_with_make
from deploy.supervisor import Member, Supervisor
from deploy.surroundings import Surroundings

STATE = ROOT / ".local"
LOGS = STATE / "log"
TICK = 0.2
READY_WITHIN = 120.0
DEATHS_BEFORE_READY = 3
SERVER_TROUBLE = re.compile(r"\bPANIC\b|could not |MISCONF|Can't save|OOM")


class CannotRun(Exception):
    """Something that Bursar needs cannot be had, or did not work. The message is for whoever typed `make run`."""


def main() -> None:
    stop = StopSignals()
    stop_with_make()
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
        site = Surroundings.of(port, values)
        site.note(STATE)
        environment = {**os.environ, **stack.urls.environment(), **site.environment(), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
        collecting = _collect_static(environment)
        stack.start(stop.asked)
        for server in stack.servers:
            say(server.name, f"answers on 127.0.0.1:{server.port}")
        _manage("migrate", environment, stop)
        demo = _manage("seed_demo", environment, stop) if values.get("BURSAR_ENV", "demo") == "demo" else ""
        if collecting:
            _finish(collecting, stop)
            static.mark_current()
        processes = _processes(port, environment)
        if site.sandbox_port:
            processes.append(_sandbox(site, environment))
        members: list[Member] = [*processes, *stack.servers]
        tails = [Tail(process.name, process.log) for process in processes]
        tails += [Tail(server.name, server.log, SERVER_TROUBLE) for server in stack.servers]
        for process in processes:
            process.spawn()
        supervisor = Supervisor(members)
        try:
            _until_ready(port, supervisor, tails, stop)
            say("bursar", f"ready after {time.monotonic() - begun:.1f} s")
            _introduce(site, values, demo)
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
            # Whose word on a client's address counts is TRUSTED_PROXIES' business alone.
            *("--loop", "uvloop", "--http", "config.asgi:Protocol", "--no-access-log", "--no-proxy-headers"),
            *("--timeout-graceful-shutdown", "20", "--timeout-keep-alive", "30"),
        ],
        "worker": [
            *("celery", "-A", "config", "worker", "--pool", "threads", "--concurrency", "4"),
            *("-Q", "settle,default", "--without-gossip", "--without-mingle", "--loglevel", "INFO", "--with-beat"),
        ],
    }
    return [
        Process(name, [sys.executable, "-m", *command], log=LOGS / f"{name}.log", env=environment, cwd=ROOT)
        for name, command in commands.items()
    ]


def _sandbox(site: Surroundings, environment: Mapping[str, str]) -> Process:
    """The gateways. They stop last: until then somebody may call them."""
    command = [sys.executable, "-m", "sandbox.far", "--port", str(site.sandbox_port), "--tell", site.here]
    command += ["--state", str(STATE / "sandbox.sqlite")]
    return Process("sandbox", command, log=LOGS / "sandbox.log", env=environment, cwd=ROOT)


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
    """Started, not awaited: it needs no database. None when it would change nothing."""
    if static.is_current():
        return None
    say("bursar", "manage.py collectstatic")
    process = _command("collectstatic", environment, "--noinput", "--verbosity", "0")
    process.spawn()
    return process


def _introduce(site: Surroundings, values: Mapping[str, str], demo: str) -> None:
    now = datetime.now(UTC)
    notification = json.dumps(
        {
            # Another one each time: what the run before was told of is a duplicate by now.
            "transactionId": f"TXN_DEMO_{now:%Y%m%d%H%M%S}",
            "studentId": "S004",
            "amountPaid": 50000.00,
            "paymentMethod": "MPESA",
            "status": "SUCCESS",
            "timestamp": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
    )
    write(
        f"""
{demo.rstrip()}

  {site.here}/admin/         the finance office
  {site.here}/docs           the API
  {site.here}/health/ready   how it is

Pay a student's fee the way a gateway reports one:

  curl -X POST {site.here}/api/v1/payment/notification \\
    -H 'Authorization: Bearer {values.get("CELLULANT_BEARER_TOKEN", "")}' \\
    -H 'Content-Type: application/json' \\
    -d '{notification}'
{_SANDBOX.format(url=site.sandbox_url) if site.sandbox_port else ""}
Logs are in .local/log/. Ctrl-C stops everything.

"""
    )


_SANDBOX = """
The gateways are played by the sandbox at {url}: it takes our calls, pays as people do, and calls back. Make it delay,
duplicate, lose or err (sandbox/far/dial.py lists how; 0 is its best day), and see what was truly paid there:

  curl -X PUT {url}/control/dial -d '{{"duplicate": 0.3, "lose": 0.1, "delay": 5}}'
  curl {url}/control/paid
"""


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


if __name__ == "__main__":
    main()
