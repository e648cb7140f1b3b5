"""A worker answers no requests: what only requests need stays out of its memory."""

import subprocess
import sys

from tests.servers import ROOT, environment

LOADED = """
import sys
from config.celery import app
app.loader.import_default_modules()
print(*sorted(name for name in {wanted} if name in sys.modules))
"""
FOR_REQUESTS = [
    "rest_framework.views",
    "requests",
    "drf_spectacular.views",
    "config.urls",
    "unfold.views",
    "whitenoise.middleware",
]


def test_a_worker_loads_nothing_that_answers_requests(db):
    program = LOADED.format(wanted=FOR_REQUESTS)
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )

    assert loaded.stdout.split() == []
