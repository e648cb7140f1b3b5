"""Work that a worker should do once this transaction is committed, named as text so that nobody imports upwards.

The message is only a nudge: the row that was committed is the truth, and for each nudge a sweeper takes what a lost one
left behind. So a broker that is away costs a log line and a second, never the caller's request.
"""

import logging
from typing import Any

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)


def defer(task: str, **ids: Any) -> None:
    """Send `task` (its registered name) with keyword arguments after commit; at once when no transaction is open."""
    transaction.on_commit(lambda: nudge(task, **ids))


def nudge(task: str, **ids: Any) -> None:
    """Send `task` now, and only log when the broker is away."""
    try:
        current_app.send_task(task, kwargs=ids, retry=False)
    except Exception as away:  # noqa: BLE001 - every broker library raises its own; a nudge may be lost, the sweeper comes
        logger.warning("the broker is away, the sweeper will take %s: %s", task, away)
