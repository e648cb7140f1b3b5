"""Two hundred requests with one key over the processes that production runs: one payment, one attempt, one call of a gateway."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from core.models import IdempotencyKey
from payments.models import Payment, PaymentAttempt, PaymentRequest
from payments.services.working import ask_gateways
from tests.api.conftest import Served, key_of
from tests.gateways.far import FarSide, far_side
from tests.gateways.stage import aim, let_in
from tests.payments.shop import PHONE, a_merchant, an_order

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def far(tmp_path: Path, settings: Any, four_processes: Served) -> Iterator[FarSide]:
    with far_side(tmp_path / "far.log") as far:
        aim(settings, four_processes.url, far.url)
        let_in()
        yield far


def test_two_hundred_requests_with_one_key_are_one_payment_and_one_call(four_processes: Served, far: FarSide):
    merchant = a_merchant("Duka")
    body = {"order_id": an_order(merchant).public_id, "method": "mpesa", "phone_number": PHONE}
    headers = {**key_of(merchant).headers, "Idempotency-Key": "k"}
    with (
        httpx2.Client(limits=httpx2.Limits(max_connections=200, max_keepalive_connections=0), timeout=30) as client,
        ThreadPoolExecutor(200) as pool,
    ):

        def ask(_: int) -> httpx2.Response:
            return client.post(f"{four_processes.url}/api/v1/payments", json=body, headers=headers)

        answers = list(pool.map(ask, range(200)))

    made = [answer for answer in answers if answer.status_code == 201]
    rest = {(answer.status_code, answer.json()["code"]) for answer in answers if answer not in made}
    assert rest <= {(409, "idempotency_in_progress")}
    assert len({answer.content for answer in made}) == 1
    assert len([answer for answer in made if "Idempotent-Replayed" not in answer.headers]) == 1
    assert [payment.public_id for payment in Payment.objects.all()] == [made[0].json()["id"]]
    assert PaymentRequest.objects.count() == PaymentAttempt.objects.count() == IdempotencyKey.objects.count() == 1

    ask_gateways()
    ask_gateways()
    assert far.calls("mpesa", "stk_push") == 1
    assert PaymentAttempt.objects.get().status == "answered"
