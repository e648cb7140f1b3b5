"""Staff send events that were not simply settled through the door once more."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from access.services import audit
from core.defer import defer
from core.ids import public_id
from core.sql import plain_array, run


@transaction.atomic
def replay(event_ids: Collection[UUID], *, actor: str, reason: str) -> int:
    """Let quarantined, conflicting and poisonous events be decided again; others are left alone. Returns how many wait now.

    The outcome they have stands until the new one is written.
    """
    # 1. With the outcomes locked nobody dismisses them, and nobody else sends them in again.
    failed = [event_id for (event_id,) in run("webhooks", "lock_failed", [plain_array(event_ids)]).rows]
    # 2. Only now is it known who waits.
    waiting = run("webhooks", "replay_events", [actor, plain_array(failed)]).rows
    for (event_id,) in waiting:
        audit.record(actor=actor, act="webhooks.replay", target=public_id("in", event_id), reason=reason)
    defer("webhooks.drain")
    return len(waiting)
