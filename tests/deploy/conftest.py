"""What these tests look at is processes: who lives, who is gone."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.embedded import Stack
from tests import waiting


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Running servers in a fresh state directory."""
    with Stack(tmp_path / "state") as running:
        yield running


@pytest.fixture
def eventually() -> Callable[..., None]:
    return waiting.eventually


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
