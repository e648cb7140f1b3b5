"""What an embedded PostgreSQL and an embedded Valkey have in common: a place in the state directory, a port, a life cycle."""

import os
import random
import secrets
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from deploy.processes import Process, never

# Below the range from which the kernel draws ports for outgoing connections: a client that keeps knocking at a stopped
# server's port could otherwise be given that very port for itself.
PORTS = range(15000, 30000)
LINGERING_SECONDS = 15.0
STARTING_SECONDS = 90.0


class ServerError(Exception):
    """A server cannot be had, or did not start. The message is for whoever sits at the terminal."""


class StartCancelled(ServerError):
    """The start was given up because the caller asked for it."""


class Server(ABC):
    """One server on 127.0.0.1. `start`, `stop` and `kill` may follow each other in any order and number; the port stays."""

    name: str

    def __init__(self, state: Path) -> None:
        self.state = state
        self._process: Process | None = None

    @property
    def port(self) -> int:
        return int(remembered(self._port_file, _free_port))

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def exit_code(self) -> int | None:
        return self._process.exit_code if self._process else None

    @property
    def log(self) -> Path:
        return self.state / "log" / f"{self.name}.log"

    def spawn(self) -> None:
        """Start it without waiting until it answers. The first time its data directory is made and its port settled."""
        if self.running:
            return
        if self._process is None:
            self._install()
            self._retire_predecessor()
            if not port_is_free(self.port):
                # A stranger took it since the last time.
                self._port_file.unlink()
            self._process = self._serving()
        else:
            self._retire_predecessor()
        self._process.spawn()

    def start(self, cancelled: Callable[[], bool] = never) -> None:
        """Returns once it answers. Raises ServerError when it does not, StartCancelled when `cancelled` turns true meanwhile."""
        begun = time.monotonic()
        self.spawn()
        while not (self.running and self.answers()):
            waited = time.monotonic() - begun
            if cancelled():
                raise StartCancelled(f"The start of {self.name} was cancelled.")
            if not self.running:
                # After kill -9 its last children hold a lock for a second or two, and the next start fails on that.
                if waited > LINGERING_SECONDS:
                    raise ServerError(f"{self.name} does not start. The end of {self.log}:\n{self.last_words()}")
                time.sleep(0.3)
                self.spawn()
            elif waited > STARTING_SECONDS:
                raise ServerError(f"{self.name} runs but does not answer. The end of {self.log}:\n{self.last_words()}")
            time.sleep(0.02)

    def stop(self, patience: float = 20.0, hurry: Callable[[], bool] = never) -> None:
        """An orderly stop that keeps everything; a no-op when it does not run."""
        if self._process is not None:
            self._process.stop(patience, hurry)

    def kill(self) -> None:
        """kill -9, as a crash would. What was acknowledged must be there after the next start."""
        if self._process is not None:
            self._process.kill()

    def last_words(self) -> str:
        return self._process.last_words() if self._process else ""

    @abstractmethod
    def answers(self) -> bool:
        """Does it take commands now?"""

    @abstractmethod
    def _install(self) -> None:
        """Find the programs; make the data directory if there is none."""

    @abstractmethod
    def _serving(self) -> Process:
        """The process that serves the data directory on the port."""

    @abstractmethod
    def _predecessor(self) -> tuple[Path, Path]:
        """Its pid file, and the path that its command line names."""

    @property
    def _port_file(self) -> Path:
        return self.state / f"{self.name}.port"

    def _retire_predecessor(self) -> None:
        """Stop a server of an earlier life that still serves this directory: two on one directory would ruin it.

        There is none where the kernel ends orphans; elsewhere a kill -9 of its parent leaves one. Whoever calls holds the
        lock of the state directory, so a living server can only be an orphan.
        """
        pid_file, path = self._predecessor()
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + 10
            while str(path) in _command_line(pid):
                if time.monotonic() > deadline:
                    break
                os.kill(pid, number)
                time.sleep(0.2)


def remembered(path: Path, make: Callable[[], str]) -> str:
    """The text kept in `path`; made once, readable by its owner alone, written whole or not at all."""
    try:
        return path.read_text()
    except FileNotFoundError:
        text = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
    return text


def remembered_password(path: Path) -> str:
    return remembered(path, lambda: secrets.token_hex(24))


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> str:
    return str(next(port for port in random.sample(PORTS, len(PORTS)) if port_is_free(port)))


def _command_line(pid: int) -> str:
    proc = Path("/proc/self").exists()
    try:
        if proc:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""
