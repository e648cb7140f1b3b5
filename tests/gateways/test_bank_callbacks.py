"""The bank's callback: its samples byte for byte through the real door, and what a signature covers."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.db import transaction
from django.utils import timezone

from core.ids import new_id, public_id
from core.models import InboundEvent, InboundOutcome
from payments.evidence import AmountRule, Evidence, Key
from payments.gateways.bank.canonical import canonical, sign
from payments.gateways.outbound import OURS
from payments.models import NaturalKey, Payment, PaymentAttempt
from payments.services.settling import settle
from payments.statuses import Status
from tests.cast import decide_all, owed_by, owes
from tests.gateways.mpesa_cast import told as told_by
from tests.servers import server

SAMPLES = Path(__file__).parent / "samples/bank_callback"
INDEX = json.loads((SAMPLES / "_index.json").read_text())["context"]
SECRET = INDEX["webhook_secret"]
PATH = "/webhooks/bank-callback"
AMOUNT = 10_000


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def signed(secret: str = SECRET, **fields: Any) -> bytes:
    body = {"transaction_id": 123, "bank_reference": "DEP-A1B2C3D4E5F6", "status": "success", "error_message": None} | fields
    return json.dumps(body | {"signature": sign(body, secret)}).encode()


def told(body: bytes) -> tuple[str, str]:
    return told_by(body, "callback", "bank")


@transaction.atomic
def deposit(number: int = 123) -> Payment:
    """A deposit of KES 100 that the bank was asked for under this number; its answer has not come yet."""
    owes("S004", 10_000)
    key = new_id()
    settle(
        [
            Evidence(
                gateway="bank",
                kind="request",
                keys=(Key(OURS, public_id("pay", key)),),
                status=Status.PENDING,
                amount_minor=AMOUNT,
                currency="KES",
                account="student:S004:KES",
                amount_rule=AmountRule.FIXED,
            )
        ]
    )
    payment = Payment.objects.get()
    NaturalKey.objects.create(gateway="bank", kind=OURS, reference=payment.public_id, payment_id=payment.id)
    now = timezone.now() - timedelta(seconds=1)
    PaymentAttempt.objects.create(
        number=number,
        payment_id=payment.id,
        gateway="bank",
        operation=PaymentAttempt.Operation.CHARGE,
        amount_minor=AMOUNT,
        actor="user:test",
        prepared_at=now,
    )
    return payment


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    with server(tmp_path / "server.log", BANK_WEBHOOK_SECRET=f"the-secret-that-comes-next,{SECRET}") as url:
        yield url


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_the_samples_have_the_outcomes_of_their_index(site: str):
    deposit()
    ok = {"message": "Webhook received and queued for processing", "transaction_id": 123}
    for name, reply, verdict in [
        ("success_deposit", ok, "settled"),
        ("duplicate_of_success", ok, "duplicate"),
        ("success_other_key_order", ok, "duplicate"),
        ("success_extra_field_signed", ok, "duplicate"),
        ("edge_unknown_transaction", ok | {"transaction_id": 999999}, "quarantined"),
        ("failed_withdrawal", ok | {"transaction_id": 124}, "quarantined"),
        # Stricter than the reference, which takes every word but one for a failure; and nothing that is signed is turned away.
        ("edge_status_unknown", ok, "quarantined"),
    ]:
        answer = post(site, sample(name))
        assert (answer.status_code, answer.json()) == (200, reply), name
        decide_all()
        assert InboundOutcome.objects.order_by("-event_id").values_list("verdict", flat=True)[0] == verdict, name
    assert owed_by("S004") == 1_000_000 - AMOUNT
    stored = InboundEvent.objects.count()
    for body, status, detail in [
        (sample("edge_bad_signature"), 401, "Invalid webhook signature"),
        (sample("edge_tampered_status"), 401, "Invalid webhook signature"),
        (signed(secret="another secret"), 401, "Invalid webhook signature"),
        (sample("edge_missing_signature"), 422, "signature must be a text"),
        (sample("malformed_not_object"), 422, "The body must be one strict JSON object: not a JSON object"),
        (signed(transaction_id="123"), 422, "transaction_id must be a whole number"),
        (signed(transaction_id=123.0), 422, "transaction_id must be a whole number"),
        (signed(transaction_id=True), 422, "transaction_id must be a whole number"),
        (signed(bank_reference=""), 422, "bank_reference must be a text of 1 to 100 characters"),
        (
            b'{"transaction_id":' + b"9" * 5000 + b"}",
            422,
            "The body must be one strict JSON object: a number is out of any range",
        ),
    ]:
        answer = post(site, body)
        assert (answer.status_code, answer.json()) == (status, {"detail": detail}), body[:60]
    assert post(site, signed(secret="the-secret-that-comes-next")).status_code == 200, (
        "both secrets stand while one replaces the other"
    )
    assert InboundEvent.objects.count() == stored + 1


def post(site: str, body: bytes) -> httpx2.Response:
    return httpx2.post(site + PATH, content=body, headers={"Content-Type": "application/json"}, timeout=10)


def test_canonical_is_what_the_bank_signs():
    assert canonical(json.loads(sample("success_deposit"))).decode() == INDEX["example_canonical"]
    vector = INDEX["readme_vector"]
    assert sign(vector["payload"], SECRET) == vector["signature"]
    assert canonical({"b": "é", "a": {"z": 1.0, "y": 1}}) == b'{"a":{"y":1,"z":1.0},"b":"\\u00e9"}'


@pytest.mark.django_db
def test_a_callback_that_overtakes_the_banks_answer_finds_its_deposit_and_teaches_the_banks_reference():
    payment = deposit()
    assert told(sample("success_deposit")) == ("settled", "")
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor) == ("succeeded", AMOUNT)
    assert NaturalKey.objects.get(kind="bank_reference").booked_minor == AMOUNT
    assert NaturalKey.objects.get(kind="attempt").reference == "123"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Insufficient funds", "insufficient_funds"),
        ("timeout", "timeout"),
        ("who knows", "refused_by_bank"),
        (None, "refused_by_bank"),
    ],
)
def test_a_failure_keeps_its_reason_and_a_later_success_is_real_money(message: str | None, reason: str):
    payment = deposit()
    assert told(signed(status="failed", error_message=message)) == ("recorded", reason)
    payment.refresh_from_db()
    assert (payment.status, owed_by("S004")) == ("failed", 1_000_000)
    assert told(signed()) == ("settled", "")
    assert told(signed(status="failed")) == ("recorded", "failed_after_success"), "final is final"
    assert owed_by("S004") == 1_000_000 - AMOUNT


@pytest.mark.django_db
def test_a_word_nobody_knows_changes_nothing():
    payment = deposit()
    assert told(signed(status="Success")) == ("quarantined", "unknown_word")
    payment.refresh_from_db()
    assert payment.status == "pending"


@pytest.mark.django_db
def test_one_bank_reference_does_not_pay_two_deposits():
    deposit()
    assert told(signed()) == ("settled", "")
    second = new_id()
    Payment.objects.bulk_create(
        [
            Payment(
                id=second,
                gateway="bank",
                status=Status.PENDING,
                amount_minor=AMOUNT,
                currency="KES",
                account="student:S004:KES",
                named_account="student:S004:KES",
                reference=public_id("pay", second),
                created_at=timezone.now(),
            )
        ]
    )
    NaturalKey.objects.create(gateway="bank", kind=OURS, reference=public_id("pay", second), payment_id=second)
    PaymentAttempt.objects.create(
        number=124,
        payment_id=second,
        gateway="bank",
        operation="charge",
        amount_minor=AMOUNT,
        actor="a",
        prepared_at=timezone.now(),
    )
    assert told(signed(transaction_id=124)) == ("conflict", "receipt_of_another")
    assert owed_by("S004") == 1_000_000 - AMOUNT
