"""What these tests look at is processes: who lives, who is gone."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.embedded import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Running servers in a fresh state directory."""
    with Stack(tmp_path / "state") as running:
        yield running


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait for something to become true; fail with what was awaited when it does not."""

    def wait(condition: Callable[[], object], awaited: str, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"still not so after {seconds} s: {awaited}"
            time.sleep(0.02)

    return wait


@pytest.fixture
def living() -> Callable[[Path | str], list[int]]:
    """The processes whose command line names this path or word; ourselves left out."""

    def find(word: Path | str) -> list[int]:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = process.joinpath("cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(word) in command and int(process.name) != os.getpid():
                found.append(int(process.name))
        return found

    return find
