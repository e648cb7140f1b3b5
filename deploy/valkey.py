"""A real Valkey (or Redis) in the state directory. It is a broker, so it writes what it takes to disk and never evicts."""

import os
import signal
import socket
from pathlib import Path

from deploy.binaries import find_valkey
from deploy.processes import Process
from deploy.server import Server, remembered_password

SETTINGS = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{directory}"
pidfile "{directory}/valkey.pid"
appendonly yes
appendfsync everysec
save ""
maxmemory 256mb
maxmemory-policy noeviction
set-proc-title no
"""


class Valkey(Server):
    """Valkey: database 0 is the cache, database 1 the broker."""

    name = "valkey"

    @property
    def redis_url(self) -> str:
        return self._url(0)

    @property
    def broker_url(self) -> str:
        return self._url(1)

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                # While it reads its log it answers -LOADING.
                return connection.makefile("rb").read(12) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False

    @property
    def _directory(self) -> Path:
        return self.state / "valkey"

    @property
    def _password(self) -> str:
        return remembered_password(self.state / "valkey.password")

    def _install(self) -> None:
        self._program = find_valkey()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _serving(self) -> Process:
        # A file, because every user of the machine can read a command line.
        settings = self._directory / "valkey.conf"
        with os.fdopen(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(SETTINGS.format(port=self.port, password=self._password, directory=self._directory))
        return Process(
            self.name,
            [self._program, settings],
            log=self.log,
            env={"PATH": os.defpath},
            orphaned_signal=signal.SIGTERM,
        )

    def _predecessor(self) -> tuple[Path, Path]:
        return self._directory / "valkey.pid", self._directory

    def _url(self, database: int) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}/{database}"
