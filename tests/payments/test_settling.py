"""What each kind of fact does to a payment, to its owner's balance, and to the list of what a human must see."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from core.models import Event, ExceptionItem, InboundOutcome
from ledger import chart
from ledger.models import Account, Transfer
from ledger.services.accounts import open_account
from ledger.services.balances import balance
from payments.evidence import Evidence, Key
from payments.models import NaturalKey, Payment, PaymentHistory
from payments.models.payment_history import Source
from payments.services.settling import settle
from payments.statuses import Status
from tests.cast import decide_all, deliver, notification, owed_by, owes

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 14, 20, 10, tzinfo=UTC)


def told(*bodies: bytes) -> list[str]:
    """Deliver, decide, and say the verdicts with their reasons, in order of arrival."""
    events = deliver(*bodies)
    decide_all()
    outcomes = InboundOutcome.objects.in_bulk([event.id for event in events])
    return [" ".join(filter(None, [outcomes[e.id].verdict, outcomes[e.id].reason])) for e in events]


def open_items() -> list[tuple[str, str]]:
    return sorted(ExceptionItem.objects.filter(status="open").values_list("kind", "reason"))


def test_pending_then_success_pays_once():
    owes("S004", 150_000)
    assert told(notification("T1", status="PENDING"), notification("T1")) == ["recorded", "settled"]
    assert owed_by("S004") == 10_000_000
    payment = Payment.objects.get()
    assert (payment.status, payment.received_minor, payment.account) == ("succeeded", 5_000_000, "student:S004:KES")
    steps = PaymentHistory.objects.order_by("id").values_list("from_status", "to_status", "booked_minor")
    assert list(steps) == [("", "pending", 0), ("pending", "succeeded", 5_000_000)]
    assert list(Event.objects.values_list("type", "owner")) == [("payment.succeeded", "student:S004")]


def test_success_then_a_late_pending_stays_a_success():
    owes("S004", 150_000)
    assert told(notification("T1")) == ["settled"]
    assert told(notification("T1", status="PENDING")) == ["recorded outranked"]
    assert Payment.objects.get().status == "succeeded"


@pytest.mark.parametrize(("word", "status"), [("FAILED", "failed"), ("FAILURE", "failed"), ("CANCELLED", "cancelled")])
def test_what_failed_is_recorded_and_moves_nothing(word: str, status: str):
    owes("S004", 150_000)
    assert told(notification("T1", status=word)) == ["recorded"]
    assert Payment.objects.get().status == status
    assert owed_by("S004") == 15_000_000
    assert Transfer.objects.filter(kind="payment").count() == 0


def test_success_after_failure_is_real_money():
    owes("S004", 150_000)
    assert told(notification("T1", status="FAILED")) == ["recorded"]
    assert told(notification("T1")) == ["settled"]
    assert owed_by("S004") == 10_000_000


def test_failure_after_success_changes_no_state_and_is_flagged_when_it_is_newer():
    owes("S004", 150_000)
    told(notification("T1"))
    older = notification("T1", status="FAILED", timestamp="2026-03-14T20:09:00Z")
    assert told(older) == ["recorded outranked"]
    assert open_items() == []
    newer = notification("T1", status="FAILED", timestamp="2026-03-14T20:11:00Z")
    assert told(newer) == ["recorded failed_after_success"]
    assert open_items() == [("flag", "failed_after_success")]
    assert Payment.objects.get().status == "succeeded"
    assert owed_by("S004") == 10_000_000


def fact(status: str, **more: Any) -> Evidence:
    """A fact about one UPI payment, without a clock; a success brings its money."""
    key = Key("payment", "pay_1")
    movement = key if status == "succeeded" else None
    account = None if more.get("source") == Source.OURSELVES else "student:S004:INR"
    said = Evidence("upi", "said", (key,), Status(status), 5_000 if movement else 0, "INR", account=account, movement=movement)
    return said._replace(**more)


@pytest.mark.parametrize(
    ("failure", "flagged"),
    [
        (fact("failed", source=Source.POLL), True),
        (fact("expired", is_final=True, reason="returned_to_payer"), True),
        (fact("expired", is_final=True, occurred_at=AT), True),
        (fact("failed", source=Source.POLL, occurred_at=AT - timedelta(seconds=1)), False),
        (fact("failed", is_final=True, occurred_at=AT - timedelta(seconds=1)), False),
        (fact("failed"), False),
        (fact("failed", occurred_at=AT - timedelta(seconds=1)), False),
        (fact("expired", source=Source.OURSELVES), False),
        (fact("unknown", source=Source.POLL), False),
    ],
)
def test_a_failure_without_a_clock_is_flagged_when_it_is_the_gateways_last_word(failure: Evidence, flagged: bool):
    owes("S004", 150_000, "INR")
    settle([fact("pending", occurred_at=AT), fact("succeeded", occurred_at=AT)])
    (outcome,) = settle([failure])
    assert (outcome.verdict, outcome.reason) == ("recorded", "failed_after_success" if flagged else "outranked")
    assert open_items() == ([("flag", "failed_after_success")] if flagged else [])
    assert (Payment.objects.get().status, balance("student:S004:INR")) == ("succeeded", 14_995_000)


def test_a_failure_of_what_nobody_paid_is_no_contradiction():
    owes("S004", 150_000, "INR")
    settle([fact("pending")])
    assert [outcome.reason for outcome in settle([fact("failed", source=Source.POLL)] * 2)] == ["", ""]
    assert open_items() == []


def test_within_a_rank_the_newest_fact_wins_whatever_the_order_of_arrival():
    owes("S004", 150_000)
    cancelled = notification("T1", status="CANCELLED", timestamp="2026-03-14T20:12:00Z")
    failed = notification("T1", status="FAILED", timestamp="2026-03-14T20:11:00Z")
    assert told(cancelled, failed) == ["recorded", "recorded outranked"]
    assert Payment.objects.get().status == "cancelled"


def test_more_than_is_owed_becomes_the_students_credit():
    owes("S004", 100)
    assert told(notification("T1", amount=150.50)) == ["settled"]
    assert owed_by("S004") == -5_050
    assert open_items() == []


def test_less_than_was_announced_leaves_the_payment_open_and_more_is_flagged():
    owes("S004", 150_000)
    assert told(notification("T1", status="PENDING"), notification("T1", amount=40_000)) == ["recorded", "settled"]
    assert Payment.objects.get().status == "partially_paid"
    assert told(notification("T2", status="PENDING"), notification("T2", amount=60_000)) == ["recorded", "settled overpaid"]
    assert owed_by("S004") == 5_000_000
    assert open_items() == [("flag", "overpaid")]


def test_money_for_an_unknown_student_waits_in_suspense():
    assert told(notification("T1", student="S404")) == ["settled unknown_account"]
    assert balance(chart.suspense("KES")) == 5_000_000
    payment = Payment.objects.get()
    assert (payment.account, payment.named_account, payment.in_suspense) == ("suspense:KES", "student:S404:KES", True)
    assert open_items() == [("suspense", "unknown_account")]


def test_a_student_who_enrolled_between_pending_and_success_gets_the_money():
    assert told(notification("T1", student="S404", status="PENDING")) == ["recorded"]
    assert open_items() == []
    owes("S404", 1)
    assert told(notification("T1", student="S404")) == ["settled"]
    assert owed_by("S404") == -4_999_900
    assert open_items() == []


@pytest.mark.parametrize(("state", "flag"), [("review", "account_under_review"), ("frozen", "account_frozen")])
def test_money_for_an_account_under_review_is_booked_and_flagged(state: str, flag: str):
    owes("S002", 1_000)
    Account.objects.filter(code="student:S002:KES").update(state=state)
    assert told(notification("T1", student="S002", amount=1_000)) == [f"settled {flag}"]
    assert owed_by("S002") == 0
    assert open_items() == [("flag", flag)]


def test_money_for_a_closed_account_waits_in_suspense():
    open_account("student:S009:KES")
    Account.objects.filter(code="student:S009:KES").update(state="closed")
    assert told(notification("T1", student="S009")) == ["settled unknown_account"]
    assert balance(chart.suspense("KES")) == 5_000_000
    assert open_items() == [("suspense", "unknown_account")]


def test_one_reference_for_two_students_is_a_conflict():
    owes("S004", 150_000)
    owes("S001", 150_000)
    assert told(notification("T1"), notification("T1", student="S001")) == ["settled", "conflict another_owner"]
    assert (owed_by("S004"), owed_by("S001")) == (10_000_000, 15_000_000)
    assert open_items() == [("conflict", "another_owner")]


def test_one_reference_with_two_amounts_is_a_conflict():
    owes("S004", 150_000)
    assert told(notification("T1"), notification("T1", amount=60_000)) == ["settled", "conflict another_amount"]
    assert owed_by("S004") == 10_000_000
    assert Payment.objects.count() == 1


def test_another_currency_is_quarantined():
    owes("S004", 150_000)
    assert told(notification("T1", currency="USD")) == ["quarantined another_currency"]
    assert told(notification("T2", status="PENDING"), notification("T2", currency="USD")) == [
        "recorded",
        "quarantined another_currency",
    ]
    assert owed_by("S004") == 15_000_000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amountPaid": "50000"}, "bad_amount"),
        ({"amountPaid": True}, "bad_amount"),
        ({"amountPaid": None}, "bad_amount"),
        ({"amountPaid": 0}, "bad_amount"),
        ({"amountPaid": -50_000}, "amount_out_of_range"),
        ({"amountPaid": 0.001}, "inexact_amount"),
        ({"amountPaid": 10**20}, "amount_out_of_range"),
        ({"paymentMethod": "COWRIES"}, "unknown_word"),
        ({"paymentMethod": 7}, "unknown_word"),
        ({"status": "SORT_OF"}, "unknown_word"),
        ({"currency": "DOUBLOONS"}, "unknown_currency"),
        ({"studentId": 4}, "bad_student"),
        ({"studentId": "S0\u0000"}, "bad_student"),
        ({"studentId": "S0\ud800"}, "bad_student"),
        ({"studentId": "x" * 300}, "bad_student"),
        ({"transactionId": 4}, "bad_reference"),
        ({"transactionId": "T\u0000"}, "bad_reference"),
        ({"transactionId": "T" * 500}, "bad_reference"),
    ],
)
def test_what_cannot_be_settled_as_it_stands_is_quarantined_and_its_neighbours_are_not(change: dict[str, object], reason: str):
    owes("S004", 150_000)
    broken = notification("BROKEN", **change) if "transactionId" not in change else notification("", **change)
    assert told(notification("T1", amount=1), broken, notification("T2", amount=2)) == [
        "settled",
        f"quarantined {reason}",
        "settled",
    ]
    assert owed_by("S004") == 15_000_000 - 300
    assert open_items() == [("quarantine", reason)]


def test_a_number_no_float_could_hold_is_quarantined():
    owes("S004", 150_000)
    huge = notification("T1", amount=0).replace(b'"amountPaid": 0', b'"amountPaid": 1e400')
    digits = notification("T2", amount=0).replace(b'"amountPaid": 0', b'"amountPaid": ' + b"9" * 5000)
    assert told(huge, digits) == ["quarantined amount_out_of_range", "quarantined amount_out_of_range"]


@pytest.mark.parametrize("method", ["MPESA", "CARD", "BANK_TRANSFER", "CASH", "mpesa"])
def test_every_method_and_both_words_for_success_settle(method: str):
    owes("S004", 150_000)
    assert told(notification("T1", status="COMPLETED", paymentMethod=method)) == ["settled"]
    assert Payment.objects.get().method == method.lower()


def test_an_unreadable_timestamp_costs_nothing():
    owes("S004", 150_000)
    assert told(notification("T1", timestamp="last Tuesday")) == ["settled"]


def test_a_batch_takes_the_same_statements_whatever_its_length(django_assert_max_num_queries):
    owes("S004", 150_000)
    deliver(*[notification(f"T{n}", amount=1) for n in range(300)])
    with django_assert_max_num_queries(40):
        assert decide_all(limit=500) == 300
    assert NaturalKey.objects.count() == 300


def test_settle_refuses_to_work_outside_a_transaction(transactional_db):
    with pytest.raises(transaction.TransactionManagementError):
        settle([])
