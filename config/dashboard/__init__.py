"""The finance dashboard's figures: a small, constant number of statements, however much has been paid.

`attention`, `settled` and `books` are its three parts, for pages that show only what their reader may see.
"""

from datetime import datetime

from config.dashboard.attention import attention
from config.dashboard.books import books
from config.dashboard.days import now_in_school
from config.dashboard.figures import Dashboard
from config.dashboard.settled import settled

__all__ = ["attention", "books", "dashboard", "settled"]


def dashboard(now: datetime | None = None) -> Dashboard:
    """All figures. `now` is the present unless a test says otherwise."""
    at = now_in_school(now)
    return Dashboard(at, attention(at), settled(at), books())
