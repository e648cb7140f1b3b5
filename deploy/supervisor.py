"""Keeps a handful of processes alive: what dies is started again, after a pause that grows while it keeps dying."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from deploy.console import say
from deploy.server import ServerError

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
STEADY_SECONDS = 30.0


class Member(Protocol):
    """What can be supervised: a Process, a Server."""

    name: str

    @property
    def running(self) -> bool: ...
    @property
    def exit_code(self) -> int | None: ...
    def spawn(self) -> None: ...
    def stop(self, patience: float, hurry: Callable[[], bool]) -> None: ...
    def last_words(self) -> str: ...


class Watch:
    """One member's fate."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.deaths = 0
        self._pause = FIRST_PAUSE
        self._due: float | None = None
        self._started = time.monotonic()

    def tick(self) -> None:
        now = time.monotonic()
        if self.member.running:
            if now - self._started > STEADY_SECONDS:
                self._pause = FIRST_PAUSE
        elif self._due is None:
            self.deaths += 1
            say(self.member.name, f"{_ending(self.member.exit_code)}; starting it again in {self._pause:g} s")
            self._put_off(now)
        elif now >= self._due:
            self._start_again(now)

    def _start_again(self, now: float) -> None:
        try:
            self.member.spawn()
        except (OSError, ServerError) as error:
            say(self.member.name, f"could not be started: {error}")
            self._put_off(now)
        else:
            self._due, self._started = None, now

    def _put_off(self, now: float) -> None:
        self._due = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)


class Supervisor:
    """Watches its members from the moment it is made; they are running already. `stop` ends them in their given order."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.watches = [Watch(member) for member in members]

    def tick(self) -> None:
        """Look once after everybody. Never waits."""
        for watch in self.watches:
            watch.tick()

    def stop(self, patience: float, hurry: Callable[[], bool]) -> None:
        """One after the other, each with `patience` seconds to finish its work, none once `hurry` turns true."""
        for watch in self.watches:
            say(watch.member.name, "stopping")
            watch.member.stop(patience, hurry)


def _ending(code: int | None) -> str:
    return f"killed by signal {-code}" if code is not None and code < 0 else f"exited with code {code}"
