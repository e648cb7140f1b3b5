"""Daraja's doors: a secret path, an address where some are named, and answers in its own words."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from access.services.gateway_tokens import install_token
from core.models import InboundEvent
from payments.gateways.mpesa.addresses import door_of_prompt
from tests.cast import decide_all, owed_by, owes
from tests.gateways.mpesa_cast import AMOUNT, TOKEN, prompted, sample
from tests.servers import server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
JSON = {"Content-Type": "application/json"}
STK = f"/webhooks/daraja/{TOKEN}/stk"
CONFIRMATION = f"/webhooks/daraja/{TOKEN}/c2b/confirmation"
VALIDATION = f"/webhooks/daraja/{TOKEN}/c2b/validation"


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    install_token(gateway="mpesa", kind="path", token=TOKEN)
    with server(tmp_path / "server.log", TRUSTED_PROXIES="1", DARAJA_CALLBACK_ADDRESSES="127.0.0.1,196.201.214.200") as url:
        yield url


def post(url: str, body: bytes, **headers: str) -> httpx2.Response:
    return httpx2.post(url, content=body, headers=JSON | headers, timeout=10)


def test_what_daraja_says_is_stored_and_answered_in_its_words(site: str):
    owes("S004", 10_000)
    owes("INV-20260314", 10_000)
    prompted()
    accepted = {"ResultCode": 0, "ResultDesc": "Accepted"}
    for path, name, ack in [
        (STK, "stk_failed_1032_cancelled", accepted),
        (f"/webhooks/mpesa/{TOKEN}", "stk_success", accepted),
        (STK, "edge_success_without_metadata", accepted),
        (STK, "stk_success_amount_mismatch", accepted),
        (CONFIRMATION, "c2b_confirmation", {"ResultCode": 0, "ResultDesc": "Success"}),
        (f"/webhooks/daraja/{TOKEN}/b2c/timeout", "b2c_queue_timeout", accepted),
        (f"/webhooks/daraja/{TOKEN}/reversal/result", "reversal_result_success", accepted),
    ]:
        answer = post(site + path, sample(name))
        assert (answer.status_code, answer.json()) == (200, ack), name
    decide_all()
    assert (owed_by("S004"), owed_by("INV-20260314")) == (1_000_000 - AMOUNT, 1_000_000 - 250_000)
    stored = InboundEvent.objects.count()

    for path, body, status in [
        (STK, sample("malformed_truncated"), 400),
        (STK, sample("malformed_wrong_nesting"), 400),
        (STK.replace(TOKEN, "another-token-of-the-right-length"), sample("stk_success"), 401),
        (CONFIRMATION, b"{}", 400),
        ("/webhooks/daraja//stk", sample("stk_success"), 404),
        (f"/webhooks/daraja/{TOKEN}/nothing", sample("stk_success"), 404),
    ]:
        assert post(site + path, body).status_code == status, (path, body[:40])
    payment = "019e0000000070008000000000000001"
    own = f"/webhooks/daraja/{TOKEN}/{door_of_prompt(payment)}"
    for path, status in [
        (own, 200),
        (own.replace("0001/", "0002/"), 401),
        (own[:-32] + "0" * 32, 401),
        (own[:-1], 404),
        (own.replace(TOKEN, "another-token-of-the-right-length"), 401),
    ]:
        assert post(site + path, sample("stk_failed_1032_cancelled")).status_code == status, path
    assert InboundEvent.objects.order_by("-id")[0].kind == f"stk/{payment}"
    stored += 1
    strange = {"x-forwarded-for": "196.201.214.200, 10.1.1.1"}
    assert post(site + STK, sample("stk_success"), **strange).status_code == 401, "only our own proxy's word counts"
    assert post(site + STK, sample("stk_success"), **{"x-forwarded-for": "10.1.1.1, 196.201.214.200"}).status_code == 200
    assert InboundEvent.objects.count() == stored + 1


def test_daraja_asks_before_it_takes_money(site: str):
    owes("INV-20260314", 10_000)
    yes, no = {"ResultCode": "0", "ResultDesc": "Accepted"}, {"ResultDesc": "Rejected"}
    known = sample("c2b_validation_known")
    for body, answer in [
        (known, yes),
        (known.replace(b"INV-20260314", b" inv-20260314 "), yes),
        (sample("c2b_validation_unknown_account"), no | {"ResultCode": "C2B00012"}),
        (known.replace(b"2500.00", b"0.00"), no | {"ResultCode": "C2B00013"}),
        (known.replace(b"2500.00", b"many"), no | {"ResultCode": "C2B00013"}),
        (known.replace(b"600966", b"600967"), no | {"ResultCode": "C2B00015"}),
        (b"[]", no | {"ResultCode": "C2B00016"}),
    ]:
        said = post(site + VALIDATION, body)
        assert (said.status_code, said.json()) == (200, answer), body
    assert post(site + VALIDATION.replace(TOKEN, "another-token-of-the-right-length"), known).status_code == 401
    assert httpx2.get(site + VALIDATION, timeout=10).status_code == 405
    assert InboundEvent.objects.count() == 0, "a question is answered, not stored"
