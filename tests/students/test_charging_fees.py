from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction

from access.models import AuditEntry
from ledger.errors import AccountFrozen
from ledger.models import Account, Transfer
from ledger.services.balances import balance, balances
from students.errors import FeeConflict, InvalidFee, UnknownStudent
from students.models import FeeCharge
from students.services.charging import charge_fee, charge_many
from students.services.enrolling import enroll_many
from students.services.new_fee import NewFee
from students.services.new_student import NewStudent
from tests.racing import overlap, race

ACT = {"actor": "user:grace", "reason": "Term 2."}
TUITION = {"student_id": "S004", "amount_minor": 15_000_000, "description": "Tuition", "reference": "T2-S004"}


def test_a_fee_is_owed_by_the_student_and_earned_by_the_school(joan):
    fee = charge_fee(**TUITION, term="2026-T2", due_date=date(2026, 5, 1), **ACT)

    assert balances() == {"student:S004:KES": 15_000_000, "income:fees:KES": 15_000_000}
    assert (fee.charged_by, fee.term, fee.due_date, fee.currency) == ("user:grace", "2026-T2", date(2026, 5, 1), "KES")
    transfer = Transfer.objects.get(pk=fee.transfer_id)
    assert (transfer.reference, transfer.kind, transfer.memo) == ("fee:T2-S004", "fee", "Tuition")


def test_the_same_fee_again_books_nothing(joan):
    first = charge_fee(**TUITION, **ACT)
    again = charge_fee(**TUITION | {"description": "Tuition fees"}, **ACT)

    assert again == first
    assert balance("student:S004:KES") == 15_000_000
    assert AuditEntry.objects.filter(act="students.charge").count() == 1


@pytest.mark.parametrize("other", [{"amount_minor": 1}, {"student_id": "S002"}])
def test_another_fee_under_the_same_reference_is_refused(joan, mohammed, other):
    charge_fee(**TUITION, **ACT)

    with pytest.raises(FeeConflict):
        charge_fee(**TUITION | other, **ACT)
    assert balances() == {"student:S004:KES": 15_000_000, "student:S002:KES": 0, "income:fees:KES": 15_000_000}


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("amount_minor", 0, "amount"),
        ("amount_minor", -1, "amount"),
        ("amount_minor", 1.5, "amount"),
        ("amount_minor", True, "amount"),
        ("amount_minor", 10**15 + 1, "amount"),
        ("description", "", "description"),
        ("description", "two\nlines", "description"),
        ("reference", "", "reference"),
        ("reference", "r" * 201, "reference"),
        ("term", "\x00", "term"),
    ],
)
def test_what_is_wrong_with_a_fee_is_told_by_field(joan, field, value, named):
    with pytest.raises(InvalidFee) as refused:
        charge_fee(**TUITION | {field: value}, **ACT)
    assert list(refused.value.fields) == [named]
    assert not FeeCharge.objects.exists()


def test_fees_are_charged_in_the_schools_currency():
    with pytest.raises(InvalidFee) as refused:
        NewFee("S004", 100, "Tuition", "F1", currency="USD")
    assert refused.value.fields == {"currency": ["Fees are charged in KES."]}


def test_nobody_is_charged_when_one_is_unknown(joan):
    with pytest.raises(UnknownStudent, match="S404"):
        charge_many(fees=[NewFee("S004", 100, "Tuition", "F1"), NewFee("S404", 100, "Tuition", "F2")], batch="x", **ACT)
    assert balance("student:S004:KES") == 0


def test_a_frozen_account_is_not_charged(joan):
    Account.objects.get(code=joan.account_code).freeze()

    with pytest.raises(AccountFrozen), transaction.atomic():
        charge_fee(**TUITION, **ACT)
    assert not FeeCharge.objects.exists()


def test_history_can_be_charged_at_its_own_time(joan):
    long_ago = datetime(2025, 9, 1, tzinfo=UTC)
    fee = charge_fee(**TUITION, effective_at=long_ago, **ACT)

    assert Transfer.objects.get(pk=fee.transfer_id).effective_at == long_ago


def test_a_batch_may_say_the_same_fee_twice_but_not_two_fees_under_one_reference(joan):
    twice = [NewFee("S004", 100, "Tuition", "F1"), NewFee("S004", 100, "Tuition", "F1")]
    charged = charge_many(fees=twice, batch="x", **ACT)

    assert (len(charged.charges), charged.new, balance("student:S004:KES")) == (2, 1, 100)
    with pytest.raises(FeeConflict):
        charge_many(fees=[NewFee("S004", 1, "A", "F2"), NewFee("S004", 2, "B", "F2")], batch="x", **ACT)


def test_charging_many_costs_as_many_queries_as_charging_a_few(db, django_assert_max_num_queries):
    enroll_many(students=[NewStudent(f"S{number:04}", "John", "Doe") for number in range(1000)], batch="x", **ACT)
    fees = [NewFee(f"S{number:04}", 100, "Tuition", f"F{number}") for number in range(1000)]

    with django_assert_max_num_queries(25):
        assert charge_many(fees=fees, batch="fee_import:x", **ACT).new == 1000
    assert balance("income:fees:KES") == 100_000
    assert AuditEntry.objects.get(act="students.charge").after == {"fees": 1000, "amount_minor": 100_000}


@pytest.mark.parametrize("role", ["the owner", "bursar_app"])
@pytest.mark.parametrize("change", ["UPDATE fee_charge SET amount_minor = 1", "DELETE FROM fee_charge", "TRUNCATE fee_charge"])
def test_a_charge_is_never_changed(joan, role, change):
    charge_fee(**TUITION, **ACT)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or PostgreSQL refuses a TRUNCATE for a reason of its own
        if role == "bursar_app":
            cursor.execute("SET LOCAL ROLE bursar_app")
        with pytest.raises(DatabaseError, match=r"immutable|permission denied"), transaction.atomic():
            cursor.execute(change)
        cursor.execute("RESET ROLE")
    assert FeeCharge.objects.get().amount_minor == 15_000_000


@pytest.mark.django_db(transaction=True)
def test_the_same_reference_twice_at_once_is_booked_once(joan):
    charge = partial(charge_fee, **TUITION, **ACT)

    answers = race(charge, charge, charge)

    assert len({fee.pk for fee in answers}) == 1
    assert balances() == {"student:S004:KES": 15_000_000, "income:fees:KES": 15_000_000}


@pytest.mark.django_db(transaction=True)
def test_two_fees_fighting_for_one_reference_at_once_are_one_fee_and_one_conflict(joan):
    answers = overlap(*[partial(charge_fee, **TUITION | {"amount_minor": amount}, **ACT) for amount in (100, 200)])

    assert [type(answer).__name__ for answer in answers] == ["FeeCharge", "FeeConflict"]
    assert balance("student:S004:KES") == 100


@pytest.mark.django_db(transaction=True)
def test_batches_claim_references_in_one_order_so_they_never_wait_in_a_circle(joan):
    one, two = NewFee("S004", 100, "Tuition", "F1"), NewFee("S004", 100, "Tuition", "F2")
    charge = partial(charge_many, batch="x", **ACT)

    answers = overlap(partial(charge, fees=[one]), partial(charge, fees=[two, one]), then=partial(charge, fees=[two]))

    assert [answer.new for answer in answers] == [1, 0]
    assert balance("student:S004:KES") == 200
