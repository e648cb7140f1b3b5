"""The audit trail, for the pages of this floor: the app that keeps it stands above, and says here how to write in it."""

from typing import Any, Protocol

from django.http import HttpRequest


class Record(Protocol):
    """Writes one entry. As `access.services.audit.record`."""

    def __call__(self, *, actor: str, act: str, target: str, reason: str, after: dict[str, Any] | None = None) -> object: ...


_KEPT_BY: list[Record] = []


def keep(record: Record) -> None:
    """From now on entries are written by `record`."""
    _KEPT_BY[:] = [record]


def record(request: HttpRequest, *, act: str, target: str, reason: str, after: dict[str, Any] | None = None) -> None:
    """One entry about what this user has done. An act that leaves no trail is none: raises where nobody keeps the trail."""
    [write] = _KEPT_BY
    user: Any = request.user
    write(actor=user.actor, act=act, target=target, reason=reason, after=after)
