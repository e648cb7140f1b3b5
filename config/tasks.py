"""Tasks of the wiring itself."""

import time

from celery import shared_task
from django.core.cache import cache

BEAT_SEEN = "beat_seen"
BEAT_LATE_SECONDS = 30


@shared_task(name="config.beat_seen")
def beat_seen() -> None:
    """Leave the time in the cache: that this runs at all proves beat, broker and worker at once."""
    cache.set(BEAT_SEEN, time.time(), timeout=BEAT_LATE_SECONDS * 10)
