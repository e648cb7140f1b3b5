"""A storm that was less than drawn is no proof: what was not brought, and who died of something else, is told as a lie."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from bench.storm import disasters, trial
from bench.storm.disasters import Bringer, Disaster
from deploy.processes import Process


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Process]:
    """It sleeps until somebody ends it."""
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    process = Process("worker-0", sleeper, log=tmp_path / "log", env=os.environ)
    process.spawn()
    yield process
    process.kill()


def die(process: Process) -> None:
    """By itself, as far as the storm knows."""
    os.killpg(process.pid or 0, signal.SIGKILL)
    while process.running:
        pass


def brought(*strikes: Callable[[], None]) -> Bringer:
    plague = [Disaster(0.0, "a disaster", strike) for strike in strikes]
    bringer = Bringer(plague, lambda: 1.0, lambda _: None)
    bringer.start()
    bringer.join()
    return bringer


def test_a_seed_draws_its_disasters_again() -> None:
    site: Any = SimpleNamespace(
        workers=[SimpleNamespace(name=f"worker-{n}") for n in range(3)],
        intakes=[SimpleNamespace(name=f"intake-{n}") for n in range(3)],
    )

    def drawn(seed: int) -> list[Any]:
        plague = disasters.draw(site, kills=5, random=Random(seed))
        return [(one.at, one.name, one.strike.args) for one in plague if isinstance(one.strike, partial)]

    assert drawn(7) == drawn(7) != drawn(8)
    assert len(drawn(7)) == 12


def test_who_is_killed_and_comes_back_is_no_lie(victim: Process) -> None:
    first = victim.pid
    assert brought(partial(disasters._kill, victim, 0.0)).lies([victim]) == []
    assert victim.pid != first


def test_who_was_dead_already_is_a_lie_and_not_revived(victim: Process) -> None:
    die(victim)
    lies = brought(partial(disasters._kill, victim, 0.0), lambda: None).lies([])
    assert "worker-0 was down before it was struck" in lies[0]
    assert lies[1:] == ["0 of 2 disasters were brought"]
    assert not victim.running


def test_who_is_down_at_the_end_is_a_lie(victim: Process) -> None:
    die(victim)
    assert "worker-0 is down: exit code -9" in " ".join(brought().lies([victim]))


def test_disasters_that_are_still_to_come_are_a_lie() -> None:
    progress = [0.0]
    bringer = Bringer([Disaster(0.5, "late", lambda: None)], lambda: progress[0], lambda _: None)
    bringer.start()
    assert bringer.lies([]) == ["0 of 1 disasters were brought"]
    progress[0] = 1.0
    bringer.join()
    assert bringer.lies([]) == []


def test_the_last_line_says_all_that_replays_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    parser = trial.parser_of("journey", "", count=9, of="payments", kills=4)
    parser.add_argument("--calm", action="store_true")
    parser.add_argument("--rate", type=float, default=300.0)
    asked = parser.parse_args(["--seed", "7", "--rate", "30", "--calm", "--keep", str(tmp_path)])
    assert trial.carry_out(lambda *_: [], asked, "journey", "all is well") == 0
    told = capsys.readouterr().out.removeprefix("journey ").partition(":")[0]
    assert told == "--seed 7 --count 9 --kills 4 --calm --rate 30.0"
    assert vars(parser.parse_args(told.split())) == vars(asked) | {"keep": None}
