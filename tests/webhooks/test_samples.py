"""The gateway's own samples, byte for byte through the real door: what their index says must happen, happens."""

from pathlib import Path

import httpx2
import pytest

from core.models import InboundEvent, InboundOutcome
from payments.models import Payment
from tests.cast import TOKEN, decide_all, owed_by, owes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
SAMPLES = Path(__file__).parent.parent / "gateways/samples/tingg_cellulant"
PATH = "/api/v1/payment/notification"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
JSON = {"Content-Type": "application/json"}
ACK = {"success": True, "message": "Payment notification received and queued for processing"}


def post(url: str, name: str, headers: dict[str, str]) -> httpx2.Response:
    body = (SAMPLES / f"mock_notification_{name}.json").read_bytes()
    return httpx2.post(url + PATH, content=body, headers=JSON | headers, timeout=10)


def test_the_notifications_of_the_contract_have_the_outcomes_of_their_index(intake: str):
    owes("S004", 150_000)
    for name, verdict, owed in [
        ("failed", "recorded", 15_000_000),
        ("cancelled", "recorded", 15_000_000),
        ("success", "settled", 10_000_000),
        ("success", "duplicate", 10_000_000),
    ]:
        answer = post(intake, name, BEARER)
        assert (answer.status_code, answer.json()) == (200, ACK), name
        decide_all()
        assert InboundOutcome.objects.order_by("-event_id").values_list("verdict", flat=True)[0] == verdict, name
        assert owed_by("S004") == owed, name
    assert sorted(Payment.objects.values_list("status", flat=True)) == ["cancelled", "failed", "succeeded"]


def test_a_missing_student_is_a_400_and_a_missing_token_a_401(intake: str):
    answer = post(intake, "missing_student", BEARER)
    assert (answer.status_code, answer.json()) == (400, {"success": False, "message": "Missing critical fields in payload"})
    assert post(intake, "no_token", {}).status_code == 401
    assert InboundEvent.objects.count() == 0
