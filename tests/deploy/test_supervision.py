"""Children are started again when they die, end when we end, and are stopped in order."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy import supervisor
from deploy.bootstrap import ROOT
from deploy.processes import Process
from deploy.supervisor import Supervisor

pytestmark = pytest.mark.stack

DEAF = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(1000)"

FAREWELL = """
import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("up", flush=True)
signal.sigwait([signal.SIGTERM])
time.sleep(0.2)
print(time.time())
"""


@pytest.fixture
def make_process(tmp_path: Path) -> Iterator[Callable[[str, str], Process]]:
    made: list[Process] = []

    def make(name: str, program: str) -> Process:
        log = tmp_path / f"{name}.log"
        made.append(Process(name, [sys.executable, "-c", program, tmp_path], log=log, env=os.environ))
        return made[-1]

    yield make
    for process in made:
        process.kill()


def pids_noted_in(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()] if log.exists() else []


@pytest.fixture
def household(tmp_path: Path, eventually: Callable[..., None]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(Path(__file__).with_name("household.py")), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as running:
        logs = [tmp_path / "cook.log", tmp_path / "gardener.log"]
        eventually(lambda: all(pids_noted_in(log) for log in logs), "both have started")
        yield running
        running.kill()


def test_a_killed_child_is_started_again_and_the_terminal_is_told(
    household: subprocess.Popen[str], tmp_path: Path, eventually: Callable[..., None]
) -> None:
    cook = tmp_path / "cook.log"
    gardener = pids_noted_in(tmp_path / "gardener.log")
    os.kill(pids_noted_in(cook)[0], signal.SIGKILL)
    eventually(lambda: len(pids_noted_in(cook)) == 2, "the cook is back")
    assert pids_noted_in(tmp_path / "gardener.log") == gardener
    household.terminate()
    said = household.communicate(timeout=10)[0]
    assert "cook | killed by signal 9; starting it again in 0.5 s" in said


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_behind(
    household: subprocess.Popen[str],
    tmp_path: Path,
    ending: signal.Signals,
    eventually: Callable[..., None],
    living: Callable[[Path], list[int]],
) -> None:
    assert len(living(tmp_path)) == 3
    household.send_signal(ending)
    assert household.wait(10) == (0 if ending != signal.SIGKILL else -signal.SIGKILL)
    eventually(lambda: not living(tmp_path), "all are gone")


def test_one_request_to_stop_that_arrives_twice_is_no_impatience(household: subprocess.Popen[str]) -> None:
    """`timeout` signals a whole process group, and make passes the signal on as well."""
    for _ in range(3):
        household.send_signal(signal.SIGTERM)
    said = household.communicate(timeout=10)[0]
    assert said == "     cook | stopping\n gardener | stopping\nimpatient: False\n"


def test_a_child_outlives_the_thread_that_asked_for_it(make_process: Callable[[str, str], Process]) -> None:
    """The kernel would end it with the thread that forked it."""
    process = make_process("child", "import time; time.sleep(1000)")
    asking = threading.Thread(target=process.spawn)
    asking.start()
    asking.join()
    time.sleep(0.3)
    assert process.running


def test_members_stop_in_their_order_each_after_the_one_before(
    make_process: Callable[[str, str], Process], eventually: Callable[..., None]
) -> None:
    members = [make_process(name, FAREWELL) for name in ("first", "second", "third")]
    for member in members:
        member.spawn()
    eventually(lambda: all(member.last_words() for member in members), "all are up")
    Supervisor(members).stop(5.0, lambda: False)
    ends = [float(member.last_words(1)) for member in members]
    assert all(later - sooner >= 0.2 for sooner, later in itertools.pairwise(ends))


@pytest.mark.parametrize(("patience", "hurry"), [(0.2, False), (60.0, True)])
def test_a_deaf_child_is_killed_once_patience_runs_out_or_the_person_presses(
    make_process: Callable[[str, str], Process], eventually: Callable[..., None], patience: float, hurry: bool
) -> None:
    deaf = make_process("deaf", DEAF)
    deaf.spawn()
    eventually(deaf.last_words, "it has closed its ears")
    deaf.stop(patience, lambda: hurry)
    assert deaf.exit_code == -signal.SIGKILL


def test_the_pause_grows_while_a_child_keeps_dying(
    make_process: Callable[[str, str], Process], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.2)
    failing = make_process("failing", "import sys; sys.exit(3)")
    failing.spawn()
    watched = Supervisor([failing])
    deadline = time.monotonic() + 10
    while watched.watches[0].deaths < 4 and time.monotonic() < deadline:
        watched.tick()
        time.sleep(0.01)
    pauses = [line.split(" in ")[1] for line in capfd.readouterr().out.splitlines()]
    assert pauses == ["0.05 s", "0.1 s", "0.2 s", "0.2 s"]


def test_a_command_that_cannot_be_found_is_a_death_like_any_other(
    make_process: Callable[[str, str], Process], tmp_path: Path
) -> None:
    missing = Process("missing", [tmp_path / "nowhere"], log=tmp_path / "missing.log", env=os.environ)
    assert missing.run() != 0
    assert "nowhere" in missing.last_words()
