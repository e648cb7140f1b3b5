"""`make run` itself, in a copy of the tree: from nothing to a paid fee, through a crash, to nothing left behind."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy import dotenv
from deploy.bootstrap import ROOT
from deploy.server import PORTS, port_is_free

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

NOT_COPIED = shutil.ignore_patterns(".venv", ".git", ".local", ".env", "tests", "__pycache__", ".*_cache", ".hypothesis")
# What this run of the tests was told must not reach Bursar: it is to find everything by itself.
NOT_PASSED_ON = re.compile(r"BURSAR_|DATABASE_|REDIS_|CELERY_|DJANGO_|RABBITMQ_|.*_(TOKEN|SECRET|SECRET_KEY)$|MAKELEVEL$|PYTEST")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path / "bursar", ignore=NOT_COPIED))


@pytest.fixture
def port() -> int:
    """Free, as the one beside it, and not of those that the kernel hands to clients meanwhile."""
    return next(port for port in random.sample(PORTS, len(PORTS)) if port_is_free(port) and port_is_free(port + 1))


@pytest.fixture
def running(tree: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The supervisor, by the interpreter that has everything installed; what it says is in `said`."""
    environment = {name: value for name, value in os.environ.items() if not NOT_PASSED_ON.match(name)}
    with (tree / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.running"],
            cwd=tree,
            env={**environment, "PORT": str(port)},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    yield process
    process.kill()
    process.wait()


def children(parent: int) -> dict[int, str]:
    """The command lines of its children, by their pids."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            # The fields behind the name in brackets: state, parent, …
            if int(process.joinpath("stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found[int(process.name)] = process.joinpath("cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    return found


def turned(url: str, changes: str) -> dict[str, object]:
    """What the dial of these says after it was turned so; nothing while nobody answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, changes.encode(), method="PUT"), timeout=5) as response:  # noqa: S310
            dial = json.load(response)["dial"]
    except OSError:
        return {}
    return {name: dial[name] for name in json.loads(changes)}


def test_from_nothing_to_a_paid_fee_and_back(
    running: subprocess.Popen[bytes],
    tree: Path,
    port: int,
    eventually: Callable[..., None],
    living: Callable[[Path | str], list[int]],
) -> None:
    def said() -> str:
        return (tree / "said").read_text()

    def answer(path: str, body: bytes | None = None) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {dotenv.read(tree / '.env')['CELLULANT_BEARER_TOKEN']}"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers | {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - our own server
            return dict(json.load(response))

    eventually(lambda: "ready after" in said() or running.poll() is not None, "it is ready", 240)
    assert running.poll() is None, said()
    for part in ("database", "broker", "cache", "beat"):
        assert f"ready | {part}" in said()
    body = re.search(r"-d '(.*)'", said())
    assert body is not None
    assert answer("/api/v1/payment/notification", body[1].encode())["success"] is True

    members = children(running.pid)
    assert len(members) == 5
    for name, command in {"worker": " --with-beat", "sandbox": " sandbox.far "}.items():
        os.kill(next(pid for pid, line in members.items() if command in line), signal.SIGKILL)
        death = f"{name} | killed by signal 9; starting it again"
        eventually(lambda death=death: death in said(), "its death is noticed")
    assert answer("/health")["status"] == "ok"
    dial = re.search(r"curl -X PUT (\S+) -d '(.*)'", said())
    assert dial is not None
    eventually(lambda: turned(*dial.groups()) == {"duplicate": 0.3, "lose": 0.1, "delay": 5.0}, "the sandbox is back")

    eventually(lambda: len(children(running.pid)) == 5, "it is back")
    members = children(running.pid)
    running.terminate()
    assert running.wait(60) == 0
    assert said().endswith("   bursar | stopped\n")
    assert not [command for pid, command in members.items() if Path(f"/proc/{pid}").exists()]
    assert not living(tree)
