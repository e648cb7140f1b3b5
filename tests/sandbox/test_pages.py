"""The dev-only pages make a gateway ask or report, over HTTP, and show what was answered."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from django.test import RequestFactory

from sandbox.views import webhook
from tests.cast import decide_all, owed_by

pytestmark = pytest.mark.stack


def visited(url: str, **options: Any) -> Any:
    response = httpx2.request(options.pop("method", "GET"), url, timeout=20, **options)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_report_settles_once_however_often_it_is_made(site: str) -> None:
    for _ in range(2):
        shown = visited(f"{site}/debug/simulate/webhook/S004/success?transactionId=TXN_DEMO_001", method="POST", json={})
        assert shown["answered"] == {
            "status": 200,
            "body": {"success": True, "message": "Payment notification received and queued for processing"},
        }
    decide_all()
    assert owed_by("S004") == -50_000_00


def test_a_report_says_what_its_visitor_wishes(site: str) -> None:
    shown = visited(f"{site}/debug/simulate/webhook?studentId=S002&status=failed&amount=12.50&method=card")
    told = {name: shown["sent"][name] for name in ("studentId", "status", "amountPaid", "paymentMethod")}
    assert told == {"studentId": "S002", "status": "FAILED", "amountPaid": 12.5, "paymentMethod": "CARD"}


@pytest.mark.parametrize(("student", "status"), [("S004", "VALID"), ("S002", "INVALID"), ("S999", "INVALID")])
def test_a_question_is_answered_as_the_gateway_would_see_it(site: str, student: str, status: str) -> None:
    shown = visited(f"{site}/debug/simulate/validation/{student}")
    assert (shown["answered"]["status"], shown["answered"]["body"]["status"]) == (200, status)


def test_nonsense_is_refused_before_it_is_sent(site: str) -> None:
    assert httpx2.get(f"{site}/debug/simulate/webhook/S004?amount=much").status_code == 400


def test_the_bearer_goes_nowhere_but_to_the_server_that_was_asked() -> None:
    request = RequestFactory().get("/", SERVER_NAME="127.0.0.1", SERVER_PORT="1", HTTP_HOST="elsewhere.example")
    response = asyncio.run(webhook(request))
    assert response.status_code == 502
    assert "127.0.0.1:1" in json.loads(response.content)["failed"]
