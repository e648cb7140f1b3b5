"""A real PostgreSQL in the state directory: checksums, SCRAM, 127.0.0.1 only, and the two roles that Bursar tells apart."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from deploy.binaries import PostgresPrograms, find_postgres
from deploy.privileges import RunAs, unprivileged
from deploy.processes import Process
from deploy.server import Server, ServerError, remembered_password

OWNER, RUNTIME_ROLE, DATABASE = "bursar_owner", "bursar_app", "bursar"
PROVISION = Path(__file__).with_name("provision.sql")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}
OUT_OF_THE_WAY = Path("/var/tmp")  # noqa: S108 - used only below directories that must belong to us

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    # Checkpoints are spread out: after each one every page is written to the WAL in full once more.
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    # The queue-like tables live from a vacuum that comes early and often.
    "autovacuum_naptime": "20s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    # Every query here is short; compiling one would take longer than running it.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_checkpoints": "off",
}


class Postgres(Server):
    """PostgreSQL with the owner `bursar_owner` (superuser: migrations, tests) and the runtime role `bursar_app`."""

    name = "postgres"

    def __init__(self, state: Path, *, allow_namespace: bool = True) -> None:
        super().__init__(state)
        self._allow_namespace = allow_namespace
        self._data = state / self.name

    @property
    def owner_url(self) -> str:
        return self._url(OWNER)

    @property
    def database_url(self) -> str:
        return self._url(RUNTIME_ROLE)

    def answers(self) -> bool:
        # A rejected or half-started server closes the connection; only one that is ready asks for a password.
        startup = b"\0\3\0\0user\0" + OWNER.encode() + b"\0database\0postgres\0\0"
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall((len(startup) + 4).to_bytes(4, "big") + startup)
                return connection.recv(1) == b"R"
        except OSError:
            return False

    def provision(self) -> None:
        """Roles, database and what they may do; harmless when it is all there."""
        outcome = subprocess.run(
            [self._programs.directory / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", PROVISION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={
                **ENVIRONMENT,
                "PGHOST": "127.0.0.1",
                "PGPORT": str(self.port),
                "PGUSER": OWNER,
                "PGPASSWORD": self._password(OWNER),
                "PGDATABASE": "postgres",
                "RUNTIME_PASSWORD": self._password(RUNTIME_ROLE),
            },
        )
        if outcome.returncode:
            raise ServerError(f"The database could not be provisioned:\n{outcome.stderr.strip()}")

    def _install(self) -> None:
        self._run_as = unprivileged(allow_namespace=self._allow_namespace)
        self._programs = _reachable(find_postgres(), self._run_as)
        self._data = self._reachable_data()
        if not (self._data / "PG_VERSION").exists():
            self._initdb()
        self._run_as.own(self._data)

    def _serving(self) -> Process:
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        return Process(
            self.name,
            [self._programs.directory / "postgres", "-D", self._data, "-p", str(self.port), *options],
            log=self.log,
            env=ENVIRONMENT,
            run_as=self._run_as,
            # Fast shutdown; then the immediate one, which replays the log at the next start. An orphan shuts down fast too.
            stop_signals=(signal.SIGINT, signal.SIGQUIT),
            orphaned_signal=signal.SIGINT,
        )

    def _predecessor(self) -> tuple[Path, Path]:
        return self._data / "postmaster.pid", self._data

    def _initdb(self) -> None:
        """Into a directory beside, then renamed: an interrupted one leaves nothing that looks like a database."""
        fresh = self._data.with_name(self._data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        locale = ["--locale=C.UTF-8"]
        if self._programs.major >= 17:
            # PostgreSQL's own: sorts alike on every platform, whatever its C library.
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        with tempfile.NamedTemporaryFile("w") as password:
            password.write(self._password(OWNER) + "\n")
            password.flush()
            if self._run_as.uid is not None:
                os.chown(password.name, self._run_as.uid, -1)
            self._run_as.own(fresh)
            options = ["-D", str(fresh), "-U", OWNER, "-E", "UTF8", *locale, "--data-checksums"]
            initdb = Process(
                "initdb",
                [self._programs.directory / "initdb", *options, "-A", "scram-sha-256", "--pwfile", password.name],
                log=self.log,
                env=ENVIRONMENT,
                run_as=self._run_as,
            )
            if initdb.run():
                raise ServerError(f"initdb failed:\n{initdb.last_words()}")
        fresh.rename(self._data)

    def _reachable_data(self) -> Path:
        """The data directory, named by major version. Where another user serves it and may not enter here, it is elsewhere."""
        data = self.state / f"postgres-{self._programs.major}"
        if self._run_as.uid is None or self._run_as.can("test", "-x", self.state):
            return data
        elsewhere = OUT_OF_THE_WAY / f"bursar-{_digest(str(data))}"
        elsewhere.mkdir(mode=0o711, exist_ok=True)
        _refuse_a_strangers(elsewhere)
        if not data.is_symlink():
            data.symlink_to(elsewhere / data.name)
        return elsewhere / data.name

    def _password(self, role: str) -> str:
        return remembered_password(self.state / f"postgres.{role}.password")

    def _url(self, role: str) -> str:
        return f"postgresql://{role}:{self._password(role)}@127.0.0.1:{self.port}/{DATABASE}"


def _reachable(programs: PostgresPrograms, run_as: RunAs) -> PostgresPrograms:
    """The programs, or a copy that `run_as` can reach: a virtualenv may lie below a directory that only root may enter."""
    if run_as.can(programs.directory / "postgres", "--version"):
        return programs
    package = programs.directory.parent.parent
    changed = (programs.directory / "postgres").stat().st_mtime_ns
    copy = OUT_OF_THE_WAY / f"bursar-{_digest(f'{package} {changed}')}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix="bursar-", dir=OUT_OF_THE_WAY))
        for directory in (package, package.with_name(package.name + ".libs")):
            if directory.exists():
                shutil.copytree(directory, fresh / directory.name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        fresh.rename(copy)
    _refuse_a_strangers(copy)
    return PostgresPrograms(copy / package.name / programs.directory.relative_to(package), programs.major)


def _refuse_a_strangers(directory: Path) -> None:
    """Below a directory that all may write to, a name proves nothing: somebody else may have made it first."""
    if directory.is_symlink() or directory.stat().st_uid != os.geteuid():
        raise ServerError(f"{directory} belongs to somebody else; it cannot be used.")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
