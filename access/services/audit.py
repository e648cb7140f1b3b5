"""The append-only trail of what people, merchants and our own commands did."""

import re
from collections.abc import Sequence
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


def record_each(*, actor: str, act: str, reason: str, targets: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """One entry for each (target, after) of one act, in one statement. Raises AuditIncomplete as `record` does."""
    if not (actor.strip() and act.strip() and reason.strip() and all(target.strip() for target, _ in targets)):
        raise AuditIncomplete
    said = {"actor": actor, "act": act, "reason": reason, "request_id": request_id()}
    AuditEntry.objects.bulk_create(AuditEntry(target=target, after=_told(after), **said) for target, after in targets)


def check_said(actor: str, reason: str) -> None:
    """Raises AuditIncomplete, for whoever writes rows that name both before the trail does."""
    if not (actor.strip() and reason.strip()):
        raise AuditIncomplete


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "[not recorded]" if _is_secret(name) else _told(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_told(inner) for inner in value]
    return value


def _is_secret(name: str) -> bool:
    return not NEVER_RECORDED.isdisjoint(_WORDS.findall(name.lower()))
