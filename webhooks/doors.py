"""Which paths are doors of the intake, and whose. Everything else is Django's."""

from typing import NamedTuple


class Door(NamedTuple):
    """One way in: the gateway, which of its doors, and the secret part of the path (\"\" where the path holds none)."""

    gateway: str
    kind: str
    token: str = ""


_EXACT = {
    "/api/v1/payment/notification": Door("cellulant", "notification"),
}


def door_at(path: str) -> Door | None:
    """The door behind a path, or None."""
    return _EXACT.get(path)
