"""Real PostgreSQL and real Valkey: what they keep, who may do what, and that one directory has one server."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
import redis

from deploy import binaries
from deploy.bootstrap import ROOT
from deploy.embedded import Stack, StateInUse
from deploy.postgres import Postgres
from deploy.processes import Process
from deploy.server import ServerError

pytestmark = pytest.mark.stack


def query(url: str, statement: LiteralString) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_postgres_keeps_what_was_committed_before_kill_9(stack: Stack) -> None:
    query(stack.urls.owner_url, "CREATE TABLE kept AS SELECT 7 AS value")
    before = stack.postgres.pid
    stack.postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        query(stack.urls.owner_url, "SELECT 1")
    stack.postgres.start()
    assert stack.postgres.pid != before
    assert query(stack.urls.owner_url, "SELECT value FROM kept") == [(7,)]


def test_valkey_keeps_its_queues_over_kill_9(stack: Stack) -> None:
    with redis.Redis.from_url(stack.urls.broker_url) as broker:
        broker.rpush("queue", *range(50))
        # Its log reaches the disk every second; the operating system's cache survives the process anyway.
        stack.valkey.kill()
        stack.valkey.start()
        assert broker.llen("queue") == 50


def test_each_server_stops_and_starts_by_itself(stack: Stack) -> None:
    for server in stack.servers:
        server.stop()
        assert not server.running
        assert not server.answers()
        server.start()
        server.start()
        assert server.answers()


def test_the_same_state_directory_has_the_same_urls_and_data_the_next_time(tmp_path: Path) -> None:
    with Stack(tmp_path) as first:
        urls = first.urls
        query(urls.owner_url, "CREATE TABLE kept AS SELECT 7 AS value")
    with Stack(tmp_path) as second:
        assert second.urls == urls
        assert query(second.urls.owner_url, "SELECT value FROM kept") == [(7,)]


def test_a_port_that_a_stranger_took_is_given_up(tmp_path: Path) -> None:
    with Stack(tmp_path) as first:
        port = first.postgres.port
    with socket.create_server(("127.0.0.1", port)), Stack(tmp_path) as second:
        assert second.postgres.port != port
        assert query(second.urls.database_url, "SELECT 1") == [(1,)]


def test_two_at_once_on_one_directory_are_refused(stack: Stack) -> None:
    with pytest.raises(StateInUse, match="already runs the servers"):
        Stack(stack.state).start()
    assert stack.postgres.answers()


def test_a_server_that_outlived_its_parent_is_stopped_first(tmp_path: Path) -> None:
    """Where the kernel ends no orphans, a kill -9 of the parent leaves some."""
    stack = Stack(tmp_path)
    stack.start()
    stack.stop()
    orphans = [_start_unguarded(server._process) for server in stack.servers if server._process]
    deadline = time.monotonic() + 10
    while not all(server.answers() for server in stack.servers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [orphan.poll() for orphan in orphans] == [None, None]
    with Stack(tmp_path) as successor:
        assert [orphan.wait(5) is not None for orphan in orphans] == [True, True]
        assert successor.urls == stack.urls
        assert query(successor.urls.database_url, "SELECT 1") == [(1,)]


def _start_unguarded(process: Process) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*process._run_as.prefix, *process.command],
        env=process._env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_server_outlives_the_process_that_started_it(
    tmp_path: Path,
    ending: signal.Signals,
    eventually: Callable[..., None],
    living: Callable[[Path], list[int]],
) -> None:
    command = [sys.executable, "-m", "deploy.embedded", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        lines = dict(parent.stdout.readline().strip().split("=", 1) for _ in range(4))
        assert lines.keys() == {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CELERY_BROKER_URL"}
        assert query(lines["DATABASE_URL"], "SELECT 1") == [(1,)]
        assert len(living(tmp_path)) >= 3
        parent.send_signal(ending)
        assert parent.wait(20) == (0 if ending != signal.SIGKILL else -signal.SIGKILL)
    eventually(lambda: not living(tmp_path), "every server is gone")


def test_the_runtime_role_serves_requests_and_no_more(stack: Stack) -> None:
    roles = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    assert query(stack.urls.database_url, roles) == [(False, False, False, False)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(stack.urls.database_url, "CREATE TABLE mine (id int)")
    query(stack.urls.owner_url, "CREATE DATABASE for_a_test")
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'bursar'"
    assert query(stack.urls.owner_url, owner) == [("bursar_owner",)]


def test_a_session_of_the_runtime_role_that_stands_still_in_a_transaction_is_ended(stack: Stack) -> None:
    """The sessions of all who serve requests or settle; the owner's may take its time."""
    ask: LiteralString = "SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('tcp_keepalives_idle')"
    assert query(stack.urls.database_url, ask) == [("1min", "30")]
    assert query(stack.urls.owner_url, ask)[0][0] == "0"


def test_nobody_gets_in_without_the_password(stack: Stack) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        query(re.sub(r":[^:@]+@", ":wrong@", stack.urls.owner_url), "SELECT 1")
    with socket.create_connection(("127.0.0.1", stack.valkey.port), 5) as stranger:
        stranger.sendall(b"PING\r\n")
        assert stranger.recv(100).startswith(b"-NOAUTH")
    for secret in (*stack.state.glob("*.password"), stack.state / "valkey" / "valkey.conf"):
        assert secret.stat().st_mode & 0o077 == 0


def test_what_is_acknowledged_is_on_disk(stack: Stack) -> None:
    shown = {
        name: query(stack.urls.owner_url, f"SHOW {name}")[0][0]
        for name in ("fsync", "synchronous_commit", "data_checksums", "listen_addresses", "unix_socket_directories", "jit")
    }
    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "jit": "off",
    }
    with redis.Redis.from_url(stack.urls.redis_url) as valkey:
        settings = valkey.config_get("appendonly", "appendfsync", "maxmemory-policy")
    assert settings == {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}


def test_an_initdb_that_was_interrupted_is_done_again(tmp_path: Path) -> None:
    major = binaries.find_postgres().major
    half = tmp_path / f"postgres-{major}.new"
    half.mkdir()
    half.joinpath("PG_VERSION").write_text(f"{major}\n")
    with Stack(tmp_path) as stack:
        assert query(stack.urls.database_url, "SELECT 1") == [(1,)]


def test_root_without_user_namespaces_runs_postgres_as_somebody_else(
    tmp_path: Path, request: pytest.FixtureRequest, living: Callable[[Path], list[int]]
) -> None:
    """And for anybody else it changes nothing. The directory is one that only its owner may enter."""
    tmp_path.chmod(0o700)
    with Stack(tmp_path, allow_namespace=False) as stack:
        data = next(tmp_path.glob("postgres-*[0-9]"))
        if data.is_symlink():
            elsewhere = data.resolve().parent
            request.addfinalizer(lambda: subprocess.run(["rm", "-rf", str(elsewhere)], check=True))
        owners = {Path(f"/proc/{stack.postgres.pid}").stat().st_uid, data.resolve().stat().st_uid}
        assert len(owners) == 1
        assert 0 not in owners
        stack.postgres.kill()
        stack.postgres.start()
        assert query(stack.urls.database_url, "SELECT 1") == [(1,)]
    assert not living(data.resolve())


def test_explicit_urls_win_each_by_itself(tmp_path: Path) -> None:
    own = {
        "DATABASE_URL": "postgresql://me@db.example/mine",
        "REDIS_URL": "redis://cache.example/0",
        "CELERY_BROKER_URL": "amqp://broker.example//",
    }
    everything = Stack(tmp_path, explicit=own)
    assert everything.servers == []
    assert everything.urls.environment() == {**own, "DATABASE_OWNER_URL": own["DATABASE_URL"]}

    only_cache = Stack(tmp_path, explicit={"REDIS_URL": own["REDIS_URL"], "DATABASE_URL": ""})
    assert only_cache.servers == [only_cache.postgres, only_cache.valkey]
    assert only_cache.urls.redis_url == own["REDIS_URL"]
    assert only_cache.urls.broker_url == only_cache.valkey.broker_url

    only_database = Stack(tmp_path, explicit={"DATABASE_URL": own["DATABASE_URL"], "DATABASE_OWNER_URL": "postgresql://o@db/m"})
    assert only_database.servers == [only_database.valkey]
    assert only_database.urls.owner_url == "postgresql://o@db/m"


def test_a_machine_without_servers_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_postgres_directories", list)
    with pytest.raises(ServerError, match="apt-get install postgresql"):
        Stack(tmp_path).start()
    monkeypatch.setattr(binaries, "_package", lambda _: None)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(ServerError, match="apt-get install valkey-server"):
        binaries.find_valkey()


def test_a_server_that_cannot_start_says_why_and_takes_the_other_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, living: Callable[[Path], list[int]]
) -> None:
    monkeypatch.setattr("deploy.server.LINGERING_SECONDS", 1.0)
    monkeypatch.setitem(vars(sys.modules[Postgres.__module__])["SETTINGS"], "max_connections", "a few")
    with pytest.raises(ServerError, match="max_connections"):
        Stack(tmp_path).start()
    assert not living(tmp_path)
