"""Every way to pay, over HTTP and through real processes, on the gateways' best day; `make chaos` brings their worst."""

import subprocess
import sys

import pytest

from tests.servers import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


def test_what_was_paid_is_what_is_booked() -> None:
    # Each of the seven ways twice.
    command = ["-m", "bench.journey", "--count", "14", "--calm", "--seed", "7"]
    journey = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
    assert journey.returncode == 0, journey.stdout + journey.stderr
    assert "14 succeeded" in journey.stdout
    assert "to the minor unit" in journey.stdout
