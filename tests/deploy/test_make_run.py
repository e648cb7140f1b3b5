"""What `make run` refuses, before it touches anything; how it tells of readiness; which log lines reach the terminal."""

import fcntl
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from deploy import running
from deploy.bootstrap import ROOT
from deploy.console import Tail
from deploy.embedded import StateInUse
from deploy.readiness import Readiness


def run(port: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.run"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PORT": port}, capture_output=True, text=True, check=False)


def test_a_taken_port_is_an_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(str(port))
    assert refused.returncode == 1
    assert f"Port {port} cannot be had" in refused.stderr
    assert refused.stdout == ""


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "\N{SUPERSCRIPT TWO}"])
def test_what_is_no_port_is_refused_by_name(port: str) -> None:
    refused = run(port)
    assert refused.returncode == 1
    assert "PORT must be a number" in refused.stderr


def test_a_second_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "STATE", tmp_path)
    with (tmp_path / "run.lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StateInUse, match="runs already, as process 4711"), running._only_one():
            pass
    with running._only_one():
        assert (tmp_path / "run.lock").read_text() == str(os.getpid())


def test_readiness_is_told_part_by_part_and_once(capfd: pytest.CaptureFixture[str]) -> None:
    answers = [
        (503, {"status": "waiting", "parts": {"database": {"status": "ok"}, "beat": {"status": "late", "seconds": 3}}}),
        (503, {"status": "waiting", "parts": {"database": {"status": "ok"}, "beat": {"status": "late", "seconds": 4}}}),
        (200, {"status": "ok", "parts": {"database": {"status": "ok"}, "beat": {"status": "ok", "seconds": 0}}}),
    ]

    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.pop(0)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        readiness = Readiness(server.server_port)
        readiness.ask()
        assert (readiness.ready, readiness.waiting_for) == (False, "beat status=late seconds=3")
        readiness.ask()
        readiness.ask()
        assert readiness.ready
        server.shutdown()
    assert capfd.readouterr().out == "    ready | database\n    ready | beat seconds=0\n"


def test_nobody_there_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    readiness = Readiness(port)
    readiness.ask()
    assert (readiness.ready, readiness.waiting_for) == (False, "an answer")


def test_of_a_log_only_what_matters_reaches_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "worker.log"
    log.write_text("2026-01-01 ERROR old news\n")
    tail = Tail("worker", log)
    with log.open("a") as file:
        file.write('INFO all is well\nWARNING slow\n{"level": "error"}\nERROR half a li')
    tail.follow()
    tail.follow()
    assert capfd.readouterr().out == '   worker | WARNING slow\n   worker | {"level": "error"}\n'
    with log.open("a") as file:
        file.write("ne\n" + "ERROR again\n" * 20)
    tail.follow()
    shown = capfd.readouterr().out.splitlines()
    assert shown[0] == "   worker | ERROR half a line"
    assert len(shown) == 9
    assert shown[-1].startswith("   worker | … and 13 more")


def test_a_log_does_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.console.LARGEST_LOG", 100)
    log = tmp_path / "worker.log"
    tail = Tail("worker", log)
    with log.open("a") as writer:
        writer.write("line\n" * 30)
        writer.flush()
        tail.follow()
        writer.write("the next\n")
    assert log.read_text() == "the next\n"
    assert (tmp_path / "worker.log.1").read_text() == "line\n" * 30
