"""The append-only trail of what people, merchants and our own commands did."""

import re
from typing import Any

from access.errors import AuditIncomplete
from access.models import AuditEntry
from core.requests import request_id

NEVER_RECORDED = frozenset({"secret", "password", "token", "digest", "authorization", "phone", "pan", "cvv"})
_WORDS = re.compile(r"[a-z]+")


def record(
    *, actor: str, act: str, target: str, reason: str, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
) -> AuditEntry:
    """Write one entry in the caller's transaction: the act and its trail are committed together or not at all.

    `act` is `app.verb`; `before` and `after` hold the fields that changed, and values under a name like password, secret, token
    or phone are left out. Raises AuditIncomplete when actor, act, target or reason is blank.
    """
    if not (actor.strip() and act.strip() and target.strip() and reason.strip()):
        raise AuditIncomplete
    return AuditEntry.objects.create(
        actor=actor, act=act, target=target, reason=reason, before=_told(before), after=_told(after), request_id=request_id()
    )


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "[not recorded]" if _is_secret(name) else _told(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_told(inner) for inner in value]
    return value


def _is_secret(name: str) -> bool:
    return not NEVER_RECORDED.isdisjoint(_WORDS.findall(name.lower()))
