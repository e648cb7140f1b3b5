"""What whoever runs it is told: alive, ready part by part, numbers."""

import logging
import time

import pytest
from django.core.cache import cache

from config.tasks import BEAT_SEEN, beat_seen
from tests.cast import deliver, notification, owes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _beat_is_alive() -> None:
    beat_seen.run()


def test_it_is_alive(client):
    assert client.get("/health").json() == {"status": "ok"}


def test_it_is_ready_and_names_each_part(client):
    answer = client.get("/health/ready")
    assert answer.status_code == 200, answer.json()
    assert set(answer.json()["parts"]) == {"database", "broker", "cache", "inbox", "beat", "gateways"}


def test_a_silent_beat_makes_it_unready(client):
    cache.set(BEAT_SEEN, time.time() - 120)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["parts"]["beat"]["status"] == "unavailable"
    assert answer.json()["parts"]["database"]["status"] == "ok"


def test_a_broker_that_is_away_is_named(client, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert [name for name, part in answer.json()["parts"].items() if part["status"] != "ok"] == ["broker"]


def test_what_is_not_ready_yet_is_said_and_is_no_error(client, caplog):
    cache.delete(BEAT_SEEN)
    with caplog.at_level(logging.INFO):
        assert client.get("/health/ready").status_code == 503
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "not ready yet, or not any more: beat"),
    ]


def test_metrics_tell_the_inbox(client):
    owes("S004", 1)
    deliver(notification("T1"), notification("T2"))
    text = client.get("/metrics").content.decode()
    assert "bursar_inbox_waiting 2.0" in text


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/queue/status"])
def test_in_production_numbers_are_for_those_with_the_token(client, settings, path: str):
    settings.IS_PRODUCTION, settings.METRICS_TOKEN = True, "let-me-count"
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get(path, headers={"Authorization": "Bearer let-me-count"}).status_code == 200
    settings.METRICS_TOKEN = ""
    assert client.get(path, headers={"Authorization": "Bearer "}).status_code == 401


def test_what_does_not_exist_is_a_problem_answer(client):
    answer = client.get("/nowhere", headers={"X-Request-ID": "abc-1"})
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["request_id"] == answer["X-Request-ID"] == "abc-1"
