"""Gateways' doors, when somebody comes without a POST: they are there, and take nothing else."""

import pytest
from django.test import Client

from webhooks.doors import _EXACT, _UNDER_A_TOKEN, door_at

PROMPT = f"/webhooks/daraja/token/stk/{'a' * 32}/{'b' * 32}"
DOORS = [
    *_EXACT,
    *[f"/webhooks/{name}/token{rest and '/' + rest}" for name, rests in _UNDER_A_TOKEN.items() for rest in rests],
    PROMPT,
]


@pytest.mark.parametrize("path", DOORS)
def test_every_door_says_that_it_takes_post(client, path: str):
    assert door_at(path)
    answer = client.get(path)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_no_other_method_is_taken_nor_asked_for_a_csrf_token(method: str):
    answer = Client(enforce_csrf_checks=True).generic(method, "/webhooks/stripe", b"{}")

    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/webhooks/nobody", "/webhooks/daraja/token/nothing", "/webhooks/tingg", "/webhooks/stripe/"])
def test_where_there_is_no_door_there_is_nothing(client, path: str):
    assert client.get(path).json()["code"] == "not_found"


def test_a_post_past_the_intake_finds_nothing(client):
    assert client.post("/webhooks/stripe", b"{}", content_type="application/json").status_code == 404


@pytest.mark.parametrize(
    "path", ["/health", "/health/ready", "/webhooks/health", "/api/v1/queue/status", "/metrics", "/openapi.json"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_is_only_read_says_so_to_a_program(path: str, method: str):
    answer = Client(enforce_csrf_checks=True).generic(method, path, b"{}")

    assert (answer.status_code, answer["Allow"], answer.json()["code"]) == (405, "GET, HEAD", "method_not_allowed")


def test_the_root_leads_to_the_back_office_and_its_icon_is_found(client):
    assert client.get("/")["Location"] == "/admin/"
    assert "back_office/icon" in client.get("/favicon.ico")["Location"]
