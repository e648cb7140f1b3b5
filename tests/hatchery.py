"""Servers in a blink: a process that has loaded the product once and forks, so that each test has a fresh server of its own.

`python -m tests.hatchery` reads orders from its standard input, a line of JSON each, and answers with the child's process id. It
has no threads and no connections, so a child begins as a process that has just imported everything. When the input ends, so do
its children.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = 3
"""So many surroundings are kept loaded; whoever needs another has that make room which was not used for longest."""


class Hatched:
    """A forked server, with the few of Popen's methods that tests need. How it ended is not known."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def gone(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def end(self, patience: float) -> None:
        """Ask it to stop, and kill it when `patience` seconds have passed."""
        for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10)):
            deadline = time.monotonic() + seconds
            if not self.gone():
                os.kill(self.pid, number)
            while not self.gone():
                if time.monotonic() >= deadline:
                    break
                time.sleep(0.01)


class Hatchery:
    """The forking process of one environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hatchery"], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip

    def hatch(self, *command: str, log: Path) -> Hatched:
        """`uvicorn …` or `manage.py …`, writing to `log`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command, "log": str(log)}).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the hatchery is gone"
        return Hatched(int(answer))

    def close(self) -> None:
        self._process.communicate(timeout=30)


_hatcheries: dict[frozenset[tuple[str, str]], Hatchery] = {}


def hatchery(environment: Mapping[str, str]) -> Hatchery:
    """That of this environment, loaded when it is first asked for."""
    known = frozenset((name, value) for name, value in environment.items() if name != "PYTEST_CURRENT_TEST")
    found = _hatcheries.pop(known, None) or Hatchery(environment)
    while len(_hatcheries) >= KEPT:
        _hatcheries.pop(next(iter(_hatcheries))).close()
    _hatcheries[known] = found
    return found


def close_all() -> None:
    while _hatcheries:
        _hatcheries.popitem()[1].close()


def main() -> None:
    import uvicorn.main  # noqa: F401

    import config.asgi  # noqa: F401 - what is loaded here need not be loaded by the children

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children: the kernel takes them
    children: list[int] = []
    # Not sys.stdin: what that had read ahead would be the child's too.
    while line := _read_line():
        order = json.loads(line)
        child = os.fork()
        if not child:
            _be(order["command"], order["log"])
        children.append(child)
        os.write(1, f"{child}\n".encode())
    for child in children:
        Hatched(child).end(0)


def _read_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        if not (byte := os.read(0, 1)):
            return b""
        line += byte
    return line


def _be(command: list[str], log: str) -> None:
    """Become the command, as if it had been started by itself; never returns."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(ours, theirs)
    code: object = 1
    try:
        if command[0] == "uvicorn":
            import uvicorn.main

            uvicorn.main.main(command[1:])
        else:
            from django.core.management import execute_from_command_line

            execute_from_command_line(command)
        code = 0
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 - the child ends here, and its log says why
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
