"""Production refuses to start unsafely, and says what to mend."""

import base64
import os
import subprocess
import sys

import pytest
from django.core import checks

from config.checks import production_is_safe
from tests.servers import ROOT, environment


def gateways(bank: str = "c41b" * 8, mpesa: str = "") -> dict[str, object]:
    """The secrets that gateways present or sign with; one that is not used has none."""
    return {"mpesa": {"callback_token": mpesa}, "bank": {"webhook_secrets": ["9e07" * 8, bank]}}


SAFE = {
    "IS_PRODUCTION": True,
    "DEBUG": False,
    "SECRET_KEY": "k7Zq" * 20,
    "HMAC_KEY": b"9xWv" * 12,
    "ENCRYPTION_KEYS": {"k1": bytes(range(32))},
    "CELLULANT_BEARER_TOKEN": "f3a9c1" * 6,
    "GATEWAYS": gateways(),
    "ALLOWED_HOSTS": ["pay.school.org"],
    "DATABASE_ROLES_ARE_APART": True,
    "INSTALLED_APPS": ["core"],
    "STAFF_SECOND_FACTOR": True,
}


def found(settings, **change: object) -> list[str]:
    for name, value in {**SAFE, **change}.items():
        setattr(settings, name, value)
    return sorted(str(message.id) for message in production_is_safe(None))


def test_a_safe_production_passes(settings):
    assert found(settings) == []


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"DEBUG": True}, "bursar.E001"),
        ({"SECRET_KEY": "short"}, "bursar.E002"),
        ({"SECRET_KEY": "dev-only-" + "x7" * 40}, "bursar.E002"),
        ({"HMAC_KEY": b"tests digest with this key, and it is long"}, "bursar.E002"),
        ({"CELLULANT_BEARER_TOKEN": "mock-bearer-token"}, "bursar.E002"),
        ({"GATEWAYS": gateways(bank="your-webhook-secret-change-in-production")}, "bursar.E002"),
        ({"GATEWAYS": gateways(mpesa="too-short")}, "bursar.E002"),
        ({"ENCRYPTION_KEYS": {"k1": b"0" * 32}}, "bursar.E003"),
        ({"ALLOWED_HOSTS": ["*"]}, "bursar.E004"),
        ({"ALLOWED_HOSTS": []}, "bursar.E004"),
        ({"INSTALLED_APPS": ["core", "sandbox"]}, "bursar.E005"),
        ({"DATABASE_ROLES_ARE_APART": False}, "bursar.W001"),
        ({"STAFF_SECOND_FACTOR": False}, "bursar.W002"),
    ],
)
def test_each_way_to_be_unsafe_has_an_id(settings, change: dict[str, object], check: str):
    assert found(settings, **change) == [check]


def test_nothing_is_asked_outside_production(settings):
    assert found(settings, IS_PRODUCTION=False, DEBUG=True, ALLOWED_HOSTS=["*"]) == []


def test_a_process_of_an_unsafe_production_does_not_come_up():
    answer = start(BURSAR_ENV="production", DJANGO_SECRET_KEY="short")
    assert answer.returncode != 0
    assert "bursar.E002" in answer.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BURSAR_ENV", "prod"),
        ("DATABASE_URL", "mysql://x"),
        ("CELERY_BROKER_URL", "sqs://x"),
        ("BURSAR_ENCRYPTION_KEYS", "k1:" + base64.b64encode(b"short").decode()),
        ("SETTLE_BATCH", "many"),
        ("API_QUOTA", "plenty"),
        ("STAFF_SECOND_FACTOR", "sometimes"),
        ("DJANGO_DEBUG", "perhaps"),
    ],
)
def test_a_bad_value_is_refused_by_its_name(name: str, value: str):
    answer = start(**{name: value})
    assert answer.returncode != 0
    assert name in answer.stderr


def start(**change: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import django; django.setup()"]
    env = environment(DJANGO_SETTINGS_MODULE="config.settings", **change)
    assert os.environ["DJANGO_SETTINGS_MODULE"] == "config.settings"
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def test_the_checks_are_registered():
    assert production_is_safe in checks.registry.registry.registered_checks
