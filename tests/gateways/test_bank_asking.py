"""Deposits through the bank: what is asked of it, how it answers, and its far side from end to end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from payments.errors import Misconfigured, NotSent, OutcomeUnknown
from payments.evidence import Key
from payments.gateways.bank.canonical import sign
from payments.gateways.bank.outbound import Outbound
from payments.gateways.outbound import OURS, Asked
from payments.gateways.wire import pool
from payments.models import GatewayState, Payment, PaymentAttempt, PaymentHistory
from payments.services import asking
from payments.services.instructing import sync
from payments.services.requesting import Wanted, pay_account
from tests.cast import decide_all, owed_by, owes
from tests.gateways.far import FarSide, far_side
from tests.gateways.saying import Saying, saying
from tests.servers import server

SECRET = "your-webhook-secret-change-in-production"
ASKED = Asked(
    payment_id="019e0000-0000-7000-8000-000000000001",
    our_reference="pay_joans",
    number=123,
    method="deposit",
    amount_minor=10_000,
    currency="KES",
    bill_reference="S004",
    description="",
    details={},
    requested_at=timezone.now(),
    expires_at=timezone.now() + timedelta(hours=48),
)
PROCESSING = b'{"transaction_id":123,"status":"processing","amount":10000,"currency":"KES"}'
SUCCESS = PROCESSING.replace(b"processing", b"success")[:-1] + b',"bank_reference":"DEP-1","error_message":null}'


@pytest.fixture
def bank(settings: Any) -> Iterator[Saying]:
    with saying() as gateway:
        settings.GATEWAYS = settings.GATEWAYS | {"bank": settings.GATEWAYS["bank"] | {"base_url": gateway.url}}
        gateway.says = {"POST /transactions": (202, PROCESSING)}
        yield gateway
        pool(gateway.url).close()


def test_a_deposit_is_asked_for_under_our_number_and_signed(bank: Saying, settings: Any):
    (fact,) = Outbound().charge(ASKED, Outbound().wire()).evidence
    body = bank.heard[0].json()
    assert body["signature"] == sign(body, SECRET)
    assert (body["transaction_id"], body["amount"], body["currency"], body["reference"]) == (123, 10_000, "KES", "pay_joans")
    assert body["callback_url"] == f"{settings.PUBLIC_URL}/webhooks/bank-callback"
    assert (fact.status, fact.keys, fact.movement) == ("pending", (Key(OURS, "pay_joans"), Key("attempt", "123")), None)


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (402, "insufficient_funds", "insufficient_funds"),
        (400, "invalid_request", "invalid_request"),
        (422, "what", "refused_by_bank"),
    ],
)
def test_a_definite_refusal_fails_the_payment(bank: Saying, status: int, code: str, reason: str):
    bank.says["POST /transactions"] = (status, b'{"error":{"code":"%s","message":"No."}}' % code.encode())
    (fact,) = Outbound().charge(ASKED, Outbound().wire()).evidence
    assert (fact.status, fact.reason) == ("failed", reason)


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        ((503, b'{"error":{"code":"system_unavailable"}}'), NotSent),
        ((429, b""), NotSent),
        ((504, b'{"error":{"code":"timeout"}}'), OutcomeUnknown),
        ((503, b"<html>"), OutcomeUnknown),
        ((500, b""), OutcomeUnknown),
        ((409, b'{"error":{"code":"another_body"}}'), OutcomeUnknown),
        ((200, b"<html>"), OutcomeUnknown),
        ((202, PROCESSING.replace(b"123", b"124")), OutcomeUnknown),
        ((200, PROCESSING.replace(b"processing", b"settled")), OutcomeUnknown),
        ((200, SUCCESS.replace(b'"DEP-1"', b"null")), OutcomeUnknown),
        ((200, SUCCESS.replace(b"10000", b"100.0")), OutcomeUnknown),
        ((401, b'{"error":{"code":"bad_signature"}}'), Misconfigured),
    ],
)
def test_trouble_is_sorted_by_whether_it_may_have_been_done(bank: Saying, answer: tuple[int, bytes], trouble: type[Exception]):
    bank.says["POST /transactions"] = answer
    with pytest.raises(trouble):
        Outbound().charge(ASKED, Outbound().wire())


def test_the_bank_is_asked_by_our_number_whatever_it_has_told_us(bank: Saying):
    bank.says["GET /transactions/123"] = [(404, b"{}"), (200, SUCCESS), (200, PROCESSING)]
    assert Outbound().query(ASKED, Outbound().wire()).evidence == ()
    (fact,) = Outbound().query(ASKED, Outbound().wire()).evidence
    assert (fact.status, fact.amount_minor, fact.movement) == ("succeeded", 10_000, Key("bank_reference", "DEP-1"))
    assert Outbound().query(replace(ASKED, keys=()), Outbound().wire()).evidence[0].status == "pending"
    assert bank.heard[0].headers["x-signature"] == sign({"transaction_id": 123}, SECRET)
    bank.says["GET /transactions/0"] = [(404, b"{}"), (401, b"{}")]
    assert "signature" in Outbound().check(Outbound().wire())
    with pytest.raises(Misconfigured):
        Outbound().check(Outbound().wire())


@pytest.fixture
def far(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[FarSide]:
    """The bank, deciding at once, and our own server to be told."""
    owes("S004", 1_000_000)
    with server(tmp_path / "server.log") as site, far_side(tmp_path / "far.log", tell=site) as gateway:
        settings.GATEWAYS = settings.GATEWAYS | {"bank": settings.GATEWAYS["bank"] | {"base_url": f"{gateway.url}/bank"}}
        settings.GATEWAY_PACE_PERCENT = 1
        yield gateway
        pool(f"{gateway.url}/bank").close()


def deposit(cents: int, shillings: int = 1000) -> Payment:
    payment = pay_account(
        destination="student:S004",
        amount_minor=shillings * 100 + cents,
        currency="KES",
        wanted=Wanted("deposit", {}),
        caller="user:joan",
        gateway="bank",
    )
    asking.send(PaymentAttempt.objects.get(payment_id=payment.id).pk)
    return payment


def now(payment: Payment) -> tuple[str, str]:
    payment.refresh_from_db()
    last = PaymentHistory.objects.filter(payment_id=payment.id).order_by("-id")[0]
    return payment.status, last.reason


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_amounts_end_in_what_the_bank_does_and_nothing_is_lost(far: FarSide):
    payments = {cents: deposit(cents) for cents in (0, 91, 92, 93, 94, 95, 96, 97, 98)}
    assert now(payments[93])[0] == "unknown"
    for _ in range(2):  # what the bank did not take for the moment is sent again
        attempt = PaymentAttempt.objects.get(payment_id=payments[94].id)
        assert attempt.status == "prepared"
        PaymentAttempt.objects.filter(pk=attempt.pk).update(send_after=timezone.now())
        assert asking.send(attempt.pk)
    far.fall_quiet()
    decide_all()
    told = {cents: now(payment) for cents, payment in payments.items()}
    assert told == {
        0: ("succeeded", ""),
        91: ("failed", "insufficient_funds"),
        92: ("failed", "invalid_request"),
        93: ("succeeded", ""),
        94: ("succeeded", ""),
        95: ("failed", "insufficient_funds"),
        96: ("pending", ""),
        97: ("pending", ""),
        98: ("pending", ""),
    }
    for cents in (96, 97, 98):
        sync(payment_id=payments[cents].id, actor="user:joan")
    assert [now(payments[cents])[0] for cents in (96, 97, 98)] == ["pending", "succeeded", "succeeded"]
    assert sum(row["amount_minor"] for row in far.paid()) == 100_000_000 - owed_by("S004")
    assert far.calls("bank", "deposit") == 7, "each was carried out once"


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_duplicates_losses_and_broken_answers_end_in_the_truth(far: FarSide):
    far.turn(duplicate=0.5, lose=0.4, errors=0.3, delay=0.2, seed=5)
    payments = [deposit(99, 1000 + number) for number in range(20)]
    far.turn(errors=0)
    # Five errors in a row may have opened the circuit, which is left alone for a while; here it has been, and it is closed.
    GatewayState.objects.update(circuit=GatewayState.Circuit.CLOSED, failures=0, retry_at=None)
    for attempt in PaymentAttempt.objects.filter(status="prepared"):
        PaymentAttempt.objects.filter(pk=attempt.pk).update(send_after=timezone.now())
        asking.send(attempt.pk)
    far.fall_quiet()
    decide_all()
    for payment in payments:
        sync(payment_id=payment.id, actor="user:joan")
    known = {"succeeded", "failed"}
    unsent = [payment for payment in payments if now(payment)[0] not in known]
    # What never reached the bank is unknown to both, and stays so until its time is over.
    assert {payment.status for payment in unsent} <= {"unknown"}
    assert sum(row["amount_minor"] for row in far.paid()) == 100_000_000 - owed_by("S004") > 0
    assert far.calls("bank", "deposit") == len(payments) - len(unsent)
