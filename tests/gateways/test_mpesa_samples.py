"""Daraja's own samples, byte for byte: what their index says must happen, happens."""

import json

import pytest
from django.db import transaction
from django.utils import timezone

from core.models import ExceptionItem
from ledger import chart
from ledger.services.balances import balance
from payments.evidence import AmountRule, Evidence
from payments.gateways.mpesa import names
from payments.gateways.mpesa.spellings import timestamp
from payments.gateways.outbound import OURS
from payments.models import NaturalKey, Payment
from payments.services.settling import settle
from payments.statuses import Status
from tests.cast import decide_all, deliver, owed_by, owes
from tests.gateways.asked import payment_of
from tests.gateways.mpesa_cast import AMOUNT, CHECKOUT, prompted, sample, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment() -> Payment:
    owes("S004", 10_000)
    return prompted()


def confirmation(till: str) -> bytes:
    """A payment of the prompt's amount for S004, a moment from now, to one of our tills."""
    told_now = {
        "TransTime": timestamp(timezone.now()),
        "TransAmount": "1500.00",
        "BillRefNumber": "S004",
        "BusinessShortCode": till,
    }
    return json.dumps(json.loads(sample("c2b_confirmation")) | told_now).encode()


def query_says_paid(payment: Payment) -> Evidence:
    """What the answer to a question about the prompt becomes: a success without a receipt."""
    prompt = names.checkout(CHECKOUT)
    asked = Evidence("mpesa", "stk_query", (prompt,), Status.SUCCEEDED, AMOUNT, "KES", movement=prompt)
    return asked._replace(amount_rule=AmountRule.FIXED)


def test_a_success_is_booked_once_with_its_receipt_and_its_instant(payment: Payment):
    assert told(sample("stk_success")) == ("settled", "")
    assert told(sample("stk_success")) == ("duplicate", "")
    payment.refresh_from_db()
    assert (payment.status, payment.received_minor, owed_by("S004")) == ("succeeded", AMOUNT, 1_000_000 - AMOUNT)
    assert NaturalKey.objects.get(kind="receipt").reference == "UCE5K1QW7P"
    # 10:15:42 in Nairobi.
    assert payment.status_at is not None
    assert payment.status_at.isoformat() == "2026-03-14T07:15:42+00:00"


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("stk_failed_1_insufficient", "failed", "insufficient_funds"),
        ("stk_failed_1001_locked", "failed", "subscriber_busy"),
        ("stk_failed_1019_expired", "expired", "expired"),
        ("stk_failed_1032_cancelled", "cancelled", "cancelled_by_payer"),
        ("stk_failed_1037_unreachable", "failed", "customer_unreachable"),
        ("stk_failed_2001_wrong_pin", "failed", "wrong_pin"),
    ],
)
def test_a_refusal_ends_the_payment_with_its_reason_and_a_late_success_is_still_money(
    payment: Payment, name: str, status: str, reason: str
):
    assert told(sample(name)) == ("recorded", reason)
    payment.refresh_from_db()
    assert (payment.status, owed_by("S004")) == (status, 1_000_000)
    assert told(sample("stk_success")) == ("settled", "")
    assert owed_by("S004") == 1_000_000 - AMOUNT


def test_another_amount_than_the_prompts_is_held_for_staff(payment: Payment):
    assert told(sample("stk_success_amount_mismatch")) == ("quarantined", "another_amount")
    payment.refresh_from_db()
    assert (payment.status, owed_by("S004")) == ("pending", 1_000_000)


@pytest.mark.parametrize("name", ["edge_success_without_metadata", "edge_empty_item_list"])
def test_a_success_without_receipt_and_amount_is_never_booked_blind(payment: Payment, name: str):
    assert told(sample(name)) == ("quarantined", "success_without_receipt")
    payment.refresh_from_db()
    assert (payment.status, owed_by("S004")) == ("pending", 1_000_000)


def test_still_processing_changes_nothing_and_a_code_nobody_knows_is_unknown(payment: Payment):
    answer = json.loads(sample("stk_failed_1032_cancelled"))
    answer["Body"]["stkCallback"]["ResultCode"] = 4999
    assert told(json.dumps(answer).encode())[0] == "duplicate"
    payment.refresh_from_db()
    assert payment.status == "pending"
    answer["Body"]["stkCallback"]["ResultCode"] = "SFC_XX-77"
    assert told(json.dumps(answer).encode()) == ("recorded", "result_sfc_xx_77")
    payment.refresh_from_db()
    assert payment.status == "unknown"


def test_a_callback_that_knows_only_one_of_the_prompts_two_ids_is_not_believed(payment: Payment):
    for name, value in (("MerchantRequestID", "7619-0-1"), ("CheckoutRequestID", "ws_CO_other")):
        forged = json.loads(sample("stk_success"))
        forged["Body"]["stkCallback"][name] = value
        assert told(json.dumps(forged).encode()) == ("quarantined", "unknown_payment")
    assert owed_by("S004") == 1_000_000


def test_a_confirmation_pays_the_student_whose_number_was_typed_and_dedupes_on_its_receipt():
    owes("INV-20260314", 10_000)
    assert told(sample("c2b_confirmation"), "c2b_confirmation") == ("settled", "")
    assert told(sample("c2b_confirmation"), "c2b_confirmation") == ("duplicate", "")
    assert owed_by("INV-20260314") == 1_000_000 - 250_000
    assert Payment.objects.get().status_at.isoformat() == "2026-03-14T08:30:05+00:00"  # type: ignore[union-attr]


@pytest.mark.parametrize(("till", "payments"), [("174379", 1), ("600966", 2)])
def test_only_what_came_to_the_shortcode_of_prompts_is_taken_for_a_prompts_receipt(payment: Payment, till: str, payments: int):
    with transaction.atomic():
        settle([query_says_paid(payment)])
    assert owed_by("S004") == 1_000_000 - AMOUNT
    assert told(confirmation(till), "c2b_confirmation") == (("recorded", "receipt_named") if payments == 1 else ("settled", ""))
    assert (Payment.objects.count(), owed_by("S004")) == (payments, 1_000_000 - payments * AMOUNT)


@pytest.mark.parametrize("typed", ["NOBODY", "no such: name", ""])
def test_money_for_a_name_that_is_nobodys_goes_to_suspense(typed: str):
    confirmation = json.loads(sample("c2b_confirmation")) | {"BillRefNumber": typed}
    assert told(json.dumps(confirmation).encode(), "c2b_confirmation")[0] == "settled"
    assert balance(chart.suspense("KES")) == 250_000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"TransAmount": "2500.005"}, "bad_amount"),
        ({"TransAmount": "-1"}, "bad_amount"),
        ({"TransAmount": "0.00"}, "bad_amount"),
        ({"TransAmount": "NaN"}, "bad_amount"),
        ({"BusinessShortCode": "123456"}, "another_till"),
    ],
)
def test_a_confirmation_that_makes_no_sense_is_quarantined(change: dict[str, str], reason: str):
    confirmation = json.loads(sample("c2b_confirmation")) | change
    assert told(json.dumps(confirmation).encode(), "c2b_confirmation") == ("quarantined", reason)


def test_a_transactions_status_brings_the_receipt_of_a_prompt_and_what_is_booked_is_a_duplicate(payment: Payment):
    assert told(sample("txnstatus_result_completed"), "status_result") == ("settled", "")
    assert told(sample("stk_success")) == ("duplicate", "")
    assert told(sample("txnstatus_result_completed"), "status_result") == ("duplicate", "")
    assert owed_by("S004") == 1_000_000 - AMOUNT


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("b2c_result_success", "b2c_result"),
        ("b2c_result_failed_2001", "b2c_result"),
        ("b2c_queue_timeout", "b2c_timeout"),
        ("reversal_result_success", "reversal_result"),
        ("reversal_result_R000001", "reversal_result"),
    ],
)
def test_what_nothing_is_done_about_yet_is_kept_for_later(name: str, kind: str):
    assert told(sample(name), kind) == ("quarantined", "not_yet_handled")
    assert ExceptionItem.objects.get().reason == "not_yet_handled"


def test_twenty_copies_in_one_batch_book_once(payment: Payment):
    deliver(*[sample("stk_success")] * 20, gateway="mpesa", kind="stk")
    decide_all()
    assert owed_by("S004") == 1_000_000 - AMOUNT


def test_at_its_own_door_a_callback_finds_a_prompt_whose_name_was_never_told():
    owes("S004", 10_000)
    payment = payment_of("mpesa", AMOUNT, "KES", account="student:S004:KES")
    NaturalKey.objects.create(gateway="mpesa", kind=OURS, reference=payment.public_id, payment_id=payment.id)
    door = f"stk/{payment.id.hex}"
    assert told(sample("stk_success")) == ("quarantined", "unknown_payment")
    assert told(sample("stk_success"), door) == ("settled", "")
    assert told(sample("stk_success"), door) == ("duplicate", "")
    assert told(sample("stk_success")) == ("duplicate", "")
    another = sample("stk_success").replace(b"7619-37765134-1", b"7619-37765134-2").replace(b"UCE5K1QW7P", b"UCE5K1QW7Q")
    assert told(another, door) == ("quarantined", "another_prompt")
    assert owed_by("S004") == 1_000_000 - AMOUNT
