"""What is given up for one student in small counts together for thirty days: no row of it is a way around the second person."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from access.errors import ApprovalNeeded
from access.models import Approval, User
from ledger import chart
from ledger.models import Transfer
from ledger.services.balances import balance
from ledger.services.posting import NewTransfer, post
from ledger.services.reversing import reverse
from ledger.services.verify import verify
from students.models import FeeCharge
from students.services.cancelling import Cancelled, cancel_fee, cancel_fee_or_request, preview_cancel
from students.services.charging import charge_fee
from students.services.enrolling import enroll_student
from students.services.writing_off import WrittenOff, preview_write_off, write_off, write_off_or_request
from tests.four_eyes import WHY, agree, hire
from tests.racing import overlap, race

JOAN, ALI = "student:S004:KES", "student:S002:KES"
LOST = chart.expense("write_offs", "KES")
LIMIT = 1_000_000
"""KES 10,000.00, as the settings have it."""


def enroll_and_charge() -> None:
    said = {"actor": "user:grace", "reason": "The term begins."}
    for student_id, first in (("S004", "Joan"), ("S002", "Mohammed")):
        enroll_student(student_id=student_id, first_name=first, last_name="Zuria", **said)
        charge_fee(student_id=student_id, amount_minor=10_000_000, description="Tuition", reference=student_id, **said)


@pytest.fixture
def owing(db: None) -> None:
    """Joan and Mohammed owe KES 100,000.00 each."""
    enroll_and_charge()


def grace() -> str:
    """Who asks."""
    return str((User.objects.filter(full_name="Grace").first() or hire("Grace", "officer")).actor)


def asked(reference: str, amount_minor: int = LIMIT // 2, student_id: str = "S004") -> dict[str, Any]:
    return {"student_id": student_id, "amount_minor": amount_minor, "reference": reference}


def alone(*what: Any, **more: Any) -> Any:
    """What Grace gets who asks for it: a write-off, or a request."""
    return write_off_or_request(**asked(*what, **more), actor=grace(), reason=WHY)


def by_hand(amount_minor: int, reference: str, days_ago: int = 0, account: str = JOAN) -> None:
    """The transfer alone, by plain SQL, with an id of that day."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transfer (id, debit_account_id, credit_account_id, amount_minor, currency, kind, reference,"
            " effective_at, memo) SELECT uuid7_floor(now() - %s * interval '1 day' + random() * interval '1 second'),"
            " (SELECT id FROM account WHERE code = %s), (SELECT id FROM account WHERE code = %s), %s, 'KES', 'write_off', %s,"
            " now(), ''",
            [days_ago, LOST, account, amount_minor, reference],
        )


def long_ago(amount_minor: int, days_ago: int) -> None:
    """As it would stand there had it been booked then."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        by_hand(amount_minor, f"write_off:{days_ago}", days_ago)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.usefixtures("owing")
def test_up_to_the_limit_together_one_person_writes_off_and_then_no_more():
    assert isinstance(alone("W-1"), WrittenOff)
    assert not preview_write_off(**asked("W-2")).needs_approval
    assert isinstance(alone("W-2"), WrittenOff)
    assert preview_write_off(**asked("W-3", 1)).needs_approval
    with pytest.raises(ApprovalNeeded):
        write_off(**asked("W-3", 1), actor="user:grace", reason=WHY)
    request = alone("W-3", 1)
    assert isinstance(request, Approval)
    assert balance(JOAN) == 10_000_000 - LIMIT

    assert agree(request, hire("David", "approver")).status == "executed"

    assert balance(JOAN) == 10_000_000 - LIMIT - 1
    assert verify() == []


@pytest.mark.usefixtures("owing")
def test_another_student_is_counted_by_herself():
    alone("W-1", LIMIT)
    assert isinstance(alone("W-2", LIMIT, student_id="S002"), WrittenOff)


def charged(reference: str, amount_minor: int = LIMIT // 2, student_id: str = "S004") -> str:
    """A fee more. Returns its reference."""
    said = {"actor": "user:grace", "reason": "The library's bill."}
    charge_fee(student_id=student_id, amount_minor=amount_minor, description="Library", reference=reference, **said)
    return reference


def cancelled(reference: str) -> Any:
    """What Grace gets who asks for it: a cancelled fee, or a request."""
    return cancel_fee_or_request(reference=reference, actor=grace(), reason=WHY)


def test_a_fee_that_a_whole_class_was_charged_in_error_is_cancelled_by_one_person(owing):
    for student_id in ("S004", "S002"):
        assert isinstance(cancelled(charged(f"{student_id} trip", LIMIT, student_id)), Cancelled)


@pytest.mark.parametrize("first", [lambda: alone("W-1"), lambda: cancelled(charged("F-1"))], ids=["write-off", "cancelled fee"])
def test_what_is_written_off_and_what_is_cancelled_are_counted_together(owing, first):
    first()
    charged("F-3", 1)
    assert isinstance(cancelled(charged("F-2")), Cancelled)

    assert preview_cancel(reference="F-3").needs_approval
    assert preview_write_off(**asked("W-2", 1)).needs_approval
    for attempt in (partial(cancel_fee, reference="F-3"), partial(write_off, **asked("W-2", 1))):
        with pytest.raises(ApprovalNeeded):
            attempt(actor=grace(), reason=WHY)
    with pytest.raises(IntegrityError, match="no second person"), transaction.atomic():
        reverse(FeeCharge.objects.get(reference="F-3").transfer_id, reason="charged in error")
    before = balance(JOAN)
    assert agree(cancelled("F-3"), hire("David", "approver")).status == "executed"
    assert balance(JOAN) == before - 1
    assert isinstance(cancelled("F-2"), Cancelled), "what was cancelled before is answered"
    assert verify() == []


@pytest.mark.usefixtures("owing")
def test_what_two_people_cancelled_is_not_counted():
    agree(cancelled(charged("F-1", LIMIT + 1)), hire("David", "approver"))
    assert isinstance(cancelled(charged("F-2", LIMIT)), Cancelled)


@pytest.mark.usefixtures("owing")
def test_what_two_people_wrote_off_is_not_counted():
    agree(alone("W-1", LIMIT + 1), hire("David", "approver"))
    assert isinstance(alone("W-2", LIMIT), WrittenOff)


@pytest.mark.usefixtures("owing")
def test_what_was_written_off_before_is_answered_however_much_came_after():
    first = alone("W-1", LIMIT)
    assert alone("W-1", LIMIT) == first._replace(new=False)
    agree(alone("W-2", LIMIT), hire("David", "approver"))
    assert alone("W-1", LIMIT) == first._replace(new=False)
    assert write_off(**asked("W-1", LIMIT), actor="user:grace", reason=WHY) == first._replace(new=False)


@pytest.mark.usefixtures("owing")
@pytest.mark.parametrize(("days_ago", "counts"), [(29, True), (31, False)])
def test_after_thirty_days_it_is_not_counted_any_more(days_ago, counts):
    alone("W-0", 1)
    long_ago(LIMIT - 1, days_ago)
    assert preview_write_off(**asked("W-1", LIMIT - 1)).needs_approval == counts
    transfer = NewTransfer(LOST, JOAN, LIMIT - 1, "KES", "write_off", "write_off:W-1", timezone.now())
    if not counts:
        with transaction.atomic():
            post([transfer])
        return
    with pytest.raises(IntegrityError, match="no second person"), transaction.atomic():
        post([transfer])


@pytest.mark.usefixtures("owing")
def test_the_database_counts_whoever_books_and_however():
    two = [NewTransfer(LOST, JOAN, LIMIT - 9, "KES", "write_off", f"write_off:W-{n}", timezone.now()) for n in range(2)]
    with pytest.raises(IntegrityError, match="no second person"), transaction.atomic():
        post(two)
    with transaction.atomic():
        post(two[:1])
    for attempt in (partial(by_hand, 10, "write_off:W-5"), partial(by_hand, 1, "write_off:W-6", 2)):
        with pytest.raises(DatabaseError, match="no second person"):
            attempt()
    by_hand(9, "write_off:W-7")


@pytest.mark.usefixtures("owing")
def test_the_runtime_role_is_counted_too():
    grace()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        alone("W-1")
        alone("W-2")
        with pytest.raises(DatabaseError, match="no second person"):
            by_hand(1, "write_off:W-3")
        cursor.execute("RESET ROLE")


@pytest.mark.usefixtures("owing")
def test_the_count_reads_one_account_of_the_last_two_months():
    alone("W-1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'given_up_alone'")
        [query] = cursor.fetchone()
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        query = query.replace("= account", "= %s").replace(">= since", ">= uuid7_floor(now() - interval '30 days')")
        cursor.execute(f"EXPLAIN {query}", [Transfer.objects.get(kind="write_off").credit_account_id])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Cond: ((credit_account_id = " in plan
    assert "(id >= " in plan
    assert "Seq Scan on transfer" not in plan


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_those_pass_that_are_together_within_the_limit():
    enroll_and_charge()
    runners = [partial(write_off, **asked(f"W-{n}", LIMIT // 2 - 1), actor="user:grace", reason=WHY) for n in range(6)]
    answers = race(*runners)
    assert Counter(type(answer).__name__ for answer in answers) == {"WrittenOff": 2, "ApprovalNeeded": 4}
    assert balance(JOAN) == 10_000_000 - LIMIT + 2
    assert verify() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", [partial(alone, "W-2", LIMIT), partial(by_hand, LIMIT, "write_off:W-2")], ids=["ours", "sql"])
def test_one_that_meets_another_not_yet_committed_waits_and_counts_it(second):
    enroll_and_charge()
    _, answer = overlap(partial(alone, "W-1", LIMIT), second)
    assert isinstance(answer, ApprovalNeeded | IntegrityError)
    assert Transfer.objects.filter(kind="write_off").count() == 1
