"""What befalls a site while it works: kill -9, a broker that goes away, a database that restarts."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import NamedTuple

from bench.harness.site import Site, SiteError
from deploy.processes import Process

BROKER_AWAY_SECONDS = 3.0
CALM_AT_THE_ENDS = 0.06


class Disaster(NamedTuple):
    """`strike` happens when this share of the deliveries is answered, and returns when what it hit is back."""

    at: float
    name: str
    strike: Callable[[], None]


def draw(site: Site, *, kills: int, random: Random) -> list[Disaster]:
    """`kills` of the workers and of the intakes each, the broker stopped and started, PostgreSQL restarted; in any order."""
    strikes: list[tuple[str, Callable[[], None]]] = [
        *_killings(site.workers, kills, random),
        *_killings(site.intakes, kills, random),
        ("the broker is stopped, and started again", partial(_restart_broker, site)),
        ("PostgreSQL is restarted", partial(_restart_database, site)),
    ]
    random.shuffle(strikes)
    step = (1 - 2 * CALM_AT_THE_ENDS) / len(strikes)
    return [
        Disaster(CALM_AT_THE_ENDS + step * (number + random.random()), name, strike)
        for number, (name, strike) in enumerate(strikes)
    ]


class Bringer(threading.Thread):
    """Brings the disasters one after the other, when `progress` (0 to 1) has come that far; says each as it happens."""

    def __init__(self, disasters: Sequence[Disaster], progress: Callable[[], float], say: Callable[[str], None]) -> None:
        super().__init__(name="disasters", daemon=True)
        self._disasters, self._progress, self._say = disasters, progress, say
        self.brought = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            for disaster in self._disasters:
                while self._progress() < disaster.at:
                    time.sleep(0.02)
                self._say(f"{self._progress():5.0%}  {disaster.name}")
                disaster.strike()
                self.brought += 1
        except Exception as failed:  # noqa: BLE001 - told by `lies`
            self.failure = failed

    def lies(self, processes: Sequence[Process]) -> list[str]:
        """What was less of a storm than was drawn, and who is down that should be up; asked before anybody is stopped."""
        lies = [f"a disaster could not be brought: {self.failure!r}"] if self.failure else []
        if self.is_alive() or self.brought != len(self._disasters):
            lies.append(f"{self.brought} of {len(self._disasters)} disasters were brought")
        return lies + [f"{process.name} is down: {_end_of(process)}" for process in processes if not process.running]


def _killings(victims: Sequence[Process], kills: int, random: Random) -> list[tuple[str, Callable[[], None]]]:
    return [
        (f"{victim.name} is killed", partial(_kill, victim, random.uniform(0.1, 1.0)))
        for victim in (random.choice(victims) for _ in range(kills))
    ]


def _kill(victim: Process, pause: float) -> None:
    if not victim.running:
        raise SiteError(f"{victim.name} was down before it was struck: {_end_of(victim)}")
    victim.kill()
    time.sleep(pause)
    victim.spawn()


def _end_of(process: Process) -> str:
    return f"exit code {process.exit_code}, last words {process.last_words(5)!r}"


def _restart_broker(site: Site) -> None:
    site.stack.valkey.stop()
    time.sleep(BROKER_AWAY_SECONDS)
    site.stack.valkey.start()


def _restart_database(site: Site) -> None:
    site.stack.postgres.stop()
    site.stack.postgres.start()
