"""Where Bursar is for its gateways, and where they are for it: outside production they are a sandbox that `make run` starts."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deploy import dotenv
from deploy.server import PORTS, port_is_free

_NOTE = "surroundings.env"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`sandbox_port` is 0 where no sandbox of ours is wanted: in production, and where SANDBOX_URL names another one."""

    here: str
    public_url: str
    sandbox_url: str
    sandbox_port: int

    @classmethod
    def of(cls, port: int, values: Mapping[str, str]) -> Self:
        """`values` are what the settings will read; what they say already wins. The sandbox gets the next port, or a free one."""
        here = f"http://127.0.0.1:{port}"
        public, elsewhere = values.get("PUBLIC_URL") or here, values.get("SANDBOX_URL", "")
        if elsewhere or values.get("BURSAR_ENV", "demo") == "production":
            return cls(here, public, elsewhere, 0)
        beside = _port_beside(port)
        return cls(here, public, f"http://127.0.0.1:{beside}", beside)

    def environment(self) -> dict[str, str]:
        """Under the names that the settings read. A gateway's own base URL wins over the sandbox's there."""
        sandbox = {"SANDBOX_URL": self.sandbox_url} if self.sandbox_url else {}
        return {"PUBLIC_URL": self.public_url, **sandbox}

    def note(self, state: Path) -> None:
        """Leave word in `state` for commands that are run beside Bursar while it is up."""
        facts = self.environment() | {"PORT": self.here.rpartition(":")[2]}
        (state / _NOTE).write_text("".join(f"{name}={value}\n" for name, value in facts.items()))


def noted(state: Path) -> dict[str, str]:
    """What the Bursar that is up, or was the last to be up, has noted, under the names that the settings read."""
    return dotenv.read(state / _NOTE)


def _port_beside(port: int) -> int:
    if port < 65535 and port_is_free(port + 1):
        return port + 1
    return next(other for other in random.sample(PORTS, len(PORTS)) if other != port and port_is_free(other))
