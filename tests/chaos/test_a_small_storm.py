"""A storm that a test run can afford; `make chaos` brings the whole one."""

import subprocess
import sys

import pytest

from tests.servers import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


def test_nothing_acknowledged_is_lost_or_counted_twice() -> None:
    command = ["-m", "bench.chaos", "--count", "240", "--students", "10", "--kills", "1", "--rate", "30", "--seed", "7"]
    storm = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
    assert storm.returncode == 0, storm.stdout + storm.stderr
    assert "4 disasters survived" in storm.stdout
    assert "every acknowledged notification counts once" in storm.stdout
