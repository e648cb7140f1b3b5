"""A page that always comes: what the database does not answer in time is left out, and said to be."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection, transaction

SECONDS = 3
_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


def in_time(ask: Callable[[], Answer]) -> Answer | None:
    """What `ask` finds in at most SECONDS a statement; None when the database takes longer, or can't answer now."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(SECONDS * 1000)])
            return ask()
    except OperationalError:
        _log.warning("the overview goes without some of its figures", exc_info=True)
        return None
