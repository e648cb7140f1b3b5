"""Instants on a terminal. All commands print them in this one way."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings


def told(at: datetime) -> str:
    """In the school's time zone, to the second, the zone named: `2026-05-04 15:00:00 EAT`."""
    return f"{at.astimezone(ZoneInfo(settings.SCHOOL_TIME_ZONE)):%Y-%m-%d %H:%M:%S %Z}"
