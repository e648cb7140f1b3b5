"""Every migration can be undone, leaves nothing of itself, and can be done again."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from deploy.bootstrap import ROOT

pytestmark = pytest.mark.stack

# Of other people's apps, which stay as they are: auth, its neighbours, and the schedule.
THEIRS = ("auth_", "django_")


@pytest.fixture
def empty_database() -> Iterator[str]:
    """Its URL, as the owner."""
    owner = os.environ["DATABASE_OWNER_URL"]
    name = f"there_and_back_{secrets.token_hex(4)}"
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield urlsplit(owner)._replace(path=f"/{name}").geturl()
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_there_and_back(empty_database: str) -> None:
    urls = {"DATABASE_URL": empty_database, "DATABASE_OWNER_URL": empty_database, "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **urls, "DJANGO_SETTINGS_MODULE": "config.settings", "BURSAR_DATABASE_ROLE": "owner"}
    script = Path(__file__).with_name("there_and_back.py")
    walked = subprocess.run([sys.executable, script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert walked.returncode == 0, walked.stderr[-4000:]
    there, back, there_again = (set(json.loads(line)) for line in walked.stdout.splitlines())
    assert {line.partition(" ")[0] for line in there} == {"column", "index", "constraint", "trigger", "function", "sequence"}
    assert [line for line in back if not _of_theirs(line)] == []
    assert there == there_again


def _of_theirs(line: str) -> bool:
    return any(f" {prefix}" in line or f".{prefix}" in line for prefix in THEIRS)
