"""Production has no far side: not installed, not routed."""

import os
import subprocess
import sys

import pytest

from tests.servers import ROOT

LOOK = """
import django
from django.conf import settings
from django.core.management import get_commands
from django.urls import Resolver404, resolve
django.setup()
try:
    found = resolve("/debug/simulate/webhook/S004/success").func.__module__
except Resolver404:
    found = "nothing"
print("sandbox" in settings.INSTALLED_APPS, "simulate" in get_commands(), found)
"""
FIT_FOR_PRODUCTION = {
    "DJANGO_SECRET_KEY": "pSg4W9vJ2mQx7Lr5Tz8Yc3Bn6Hf1Kd0AeUiOwPyRtGjVbXqZhMlNk",
    "BURSAR_HMAC_KEY": "Vb8Kq2Zx5Lm9Rt4Wp7Yc1Nd6Hf3Gj0Sa",
    "BURSAR_ENCRYPTION_KEYS": "k1:YjN4V2s5UXE3TG0yUnQ4V3A2WWMxTmQ4SGYwR2o1U2E=",
    "CELLULANT_BEARER_TOKEN": "",
    "DARAJA_CALLBACK_TOKEN": "",
    "BANK_WEBHOOK_SECRET": "",
    "ALLOWED_HOSTS": "bursar.school.org",
    "DATABASE_URL": "postgresql://app:secret@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/1",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


@pytest.mark.parametrize(("env", "seen"), [("production", "False False nothing"), ("demo", "True True sandbox.views")])
def test_the_sandbox_is_there_only_outside_production(env: str, seen: str) -> None:
    environment = {**os.environ, **FIT_FOR_PRODUCTION, "BURSAR_ENV": env, "PYTHONPATH": str(ROOT)}
    environment.pop("DATABASE_OWNER_URL", None)
    looked = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (looked.stdout.strip(), looked.returncode) == (seen, 0), looked.stderr
