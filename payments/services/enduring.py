"""What only this process knows is written although PostgreSQL is away for a moment: it restarts, or gives up on a deadlock."""

import logging
import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)
PAUSES = (0.2, 1.0, 3.0, 5.0)
"""Seconds before each next try."""


def enduring(write: Callable[[], None]) -> None:
    """Call `write`, which opens its own transaction and may run twice; again, on a new connection, when the old one is lost.

    Raises what the last try raises; in a transaction of the caller's, what the first one does.
    """
    for pause in PAUSES:
        try:
            write()
        except (OperationalError, InterfaceError) as away:
            if connection.in_atomic_block:
                raise
            logger.warning("written again in %g s, the database is away: %s", pause, away)
            connection.close()
            time.sleep(pause)
        else:
            return
    write()
