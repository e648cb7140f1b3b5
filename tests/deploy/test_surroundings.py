"""Outside production `make run` brings the gateways along, unless somebody said where they are."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from deploy.bootstrap import ROOT
from deploy.server import PORTS, port_is_free
from deploy.surroundings import Surroundings, noted

FAR_SIDE = """
import sys
import sandbox.far.__main__, sandbox.far.serving
from django.conf import settings
settings.GATEWAYS
print([name for name in sys.modules if name.endswith((".models", ".services")) and not name.startswith("celery")])
"""


def free_port() -> int:
    return next(port for port in reversed(PORTS) if port_is_free(port) and port_is_free(port + 1))


def test_the_sandbox_is_next_door_and_everyone_is_told() -> None:
    port = free_port()
    surroundings = Surroundings.of(port, {})
    assert surroundings.sandbox_port == port + 1
    assert surroundings.environment() == {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SANDBOX_URL": f"http://127.0.0.1:{port + 1}",
    }


def test_where_somebody_lives_next_door_it_goes_elsewhere() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port + 1)):
        surroundings = Surroundings.of(port, {})
    assert surroundings.sandbox_port not in {0, port, port + 1}
    assert Surroundings.of(65535, {}).sandbox_port not in {0, 65535}


def test_what_was_said_wins() -> None:
    said = {"PUBLIC_URL": "https://fees.example", "SANDBOX_URL": "http://sandbox.example"}
    surroundings = Surroundings.of(free_port(), said)
    assert (surroundings.environment(), surroundings.sandbox_port) == (said, 0)


def test_production_has_no_sandbox() -> None:
    surroundings = Surroundings.of(8000, {"BURSAR_ENV": "production"})
    assert (surroundings.environment(), surroundings.sandbox_port) == ({"PUBLIC_URL": "http://127.0.0.1:8000"}, 0)


def test_the_sandbox_loads_no_app() -> None:
    """It stays small, and what it knows of the product it knows from the wire."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT)}
    looked = subprocess.run(
        [sys.executable, "-c", FAR_SIDE], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert looked.stdout.strip() == "[]"


def test_a_command_run_beside_bursar_finds_it_and_its_gateways_on_their_ports(tmp_path: Path):
    assert noted(tmp_path) == {}
    site = Surroundings("http://127.0.0.1:8123", "http://127.0.0.1:8123", "http://127.0.0.1:8124", 8124)
    site.note(tmp_path)
    assert noted(tmp_path) == {"PUBLIC_URL": site.public_url, "SANDBOX_URL": site.sandbox_url, "PORT": "8123"}
