"""Child processes that never outlive us: not after an orderly stop, not after kill -9 (where the kernel is Linux)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.privileges import OURSELVES, RunAs

GUARD = Path(__file__).with_name("guard.py")

# The kernel ties a child to the *thread* that forked it. This one lives as long as the interpreter, whoever asks for a child.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


def never() -> bool:
    return False


def guarded(
    command: Sequence[str | Path], *, orphaned_signal: signal.Signals = signal.SIGKILL, run_as: RunAs = OURSELVES
) -> list[str]:
    """The command behind a guard that ends it when we end. To be started by the very process that asks, from a lasting thread."""
    guard = [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), str(int(orphaned_signal)), run_as.user]
    return [*run_as.prefix, *guard, *map(str, command)]


def foreground(command: Sequence[str | Path], env: Mapping[str, str]) -> int:
    """Run a command on our terminal and wait; its exit code. From the main thread. It has its own share of every Ctrl-C."""
    with subprocess.Popen(guarded(command), env=env) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue
            except SystemExit:
                child.terminate()
                raise


class Process:
    """A command to start, watch, stop and start again. Its output is appended to `log`; it leads a process group of its own."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path | None = None,
        run_as: RunAs = OURSELVES,
        stop_signals: Sequence[signal.Signals] = (signal.SIGTERM,),
        orphaned_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name = name
        self.command = command
        self.log = log
        self._env = dict(env)
        self._cwd = cwd
        self._run_as = run_as
        self._stop_signals = stop_signals
        self._orphaned_signal = orphaned_signal
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs and before the first start; negative for the signal that ended it."""
        return self._child.poll() if self._child else None

    def spawn(self) -> None:
        """Start it without waiting for anything. A running one is left alone."""
        if not self.running:
            self._child = _spawner.submit(self._fork).result()

    def _fork(self) -> subprocess.Popen[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(
                guarded(self.command, orphaned_signal=self._orphaned_signal, run_as=self._run_as),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
            )
        finally:
            os.close(descriptor)

    def run(self, cancelled: Callable[[], bool] = never) -> int:
        """Start it and wait for its end. The exit code; when cancelled it is stopped first."""
        self.spawn()
        while (code := self.exit_code) is None:
            if cancelled():
                self.stop()
            time.sleep(0.02)
        return code

    def stop(self, patience: float = 20.0, hurry: Callable[[], bool] = never) -> None:
        """Ask it to stop, each signal in its turn for `patience` seconds, then kill it. `hurry` turning true ends the waiting."""
        for number in self._stop_signals:
            if not self.running or hurry():
                break
            os.kill(self._pid(), number)
            deadline = time.monotonic() + patience
            while self.exit_code is None and time.monotonic() < deadline and not hurry():
                time.sleep(0.02)
        self.kill()

    def kill(self) -> None:
        """kill -9, with its process group, and wait until it is gone."""
        if self.running:
            os.killpg(self._pid(), signal.SIGKILL)
        if self._child is not None:
            self._child.wait()

    def last_words(self, lines: int = 15) -> str:
        """The end of its log, for an error message."""
        try:
            text = self.log.read_bytes()[-8000:].decode(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _pid(self) -> int:
        assert self._child is not None  # noqa: S101 - callers asked `running` first
        return self._child.pid
