"""Two of the staff, or one of them and a gateway, about the same money at the same instant."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from access.models import Approval, AuditEntry
from core.models import ExceptionItem
from ledger.models import Transfer
from ledger.services.balances import balance
from ledger.services.verify import verify
from payments.evidence import Evidence, Key
from payments.models import Payment
from payments.services.accepting import accept, accept_many
from payments.services.allocating import allocate, allocate_or_request
from payments.services.returning import return_for_refund
from payments.services.settling import settle
from payments.statuses import Status
from tests.cast import decide_all, deliver, notification, owed_by, owes
from tests.four_eyes import WHY, agree, hire
from tests.racing import overlap, race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def grace(transactional_db: None) -> Any:
    return hire("Grace", "officer")


@pytest.fixture
def david(transactional_db: None) -> Any:
    return hire("David", "approver")


@pytest.fixture(autouse=True)
def _students(transactional_db: None) -> None:
    owes("S001", 1)
    owes("S002", 1)


def lost(amount: Any = 50_000) -> Payment:
    deliver(
        notification("T1", student="S404", amount=500_000, status="PENDING"), notification("T1", student="S404", amount=amount)
    )
    decide_all()
    return Payment.objects.get()


def give(payment: Payment, student: str, by: Any) -> Any:
    return partial(allocate, payment_id=payment.id, account_code=f"student:{student}:KES", actor=by.actor, reason=WHY)


def named(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def acts() -> Counter[str]:
    return Counter(AuditEntry.objects.filter(act__startswith="payments.").values_list("act", flat=True))


def test_eight_windows_allocate_once(grace):
    answers = race(*[give(lost(), "S001", grace)] * 8)
    assert Counter(answer.new for answer in answers) == {True: 1, False: 7}
    assert (balance("suspense:KES"), owed_by("S001")) == (0, 100 - 5_000_000)
    assert acts() == {"payments.allocate": 1}
    assert verify() == []


def test_two_officers_with_two_students_allocate_to_one_of_them(grace, david):
    payment = lost()
    answers = race(*[give(payment, "S001", grace), give(payment, "S002", david)] * 3)
    assert named(answers) == {"Allocated": 3, "NotInSuspense": 3}
    assert sorted([owed_by("S001"), owed_by("S002")]) == [100 - 5_000_000, 100]
    assert Transfer.objects.filter(kind="allocation").count() == acts()["payments.allocate"] == 1
    assert verify() == []


def more_comes() -> Any:
    key = Key("transaction", "T1")
    with transaction.atomic():
        return settle([Evidence("cellulant", "stk", (key,), Status.SUCCEEDED, 700, "KES", movement=Key("receipt", "R2"))])


def test_money_that_comes_while_the_first_of_it_is_marked_has_an_item_of_its_own(grace):
    lost()
    item = ExceptionItem.objects.get(kind="suspense")
    overlap(partial(return_for_refund, item_id=item.id, actor=grace.actor, reason=WHY), more_comes)
    found = ExceptionItem.objects.filter(kind="suspense").order_by("id").values_list("status", "amount_minor")
    assert list(found) == [("returning", 5_000_000), ("open", 700)]


def test_parts_that_come_at_once_are_all_counted():
    payment = lost()
    key = Key("transaction", "T1")

    @transaction.atomic
    def part(number: int) -> Any:
        receipt = Key("receipt", f"P{number}")
        return settle([Evidence("cellulant", "stk", (key,), Status.SUCCEEDED, 100, "KES", movement=receipt)])

    race(*[partial(part, number) for number in range(8)])
    assert ExceptionItem.objects.get(kind="suspense").amount_minor == balance("suspense:KES") == 5_000_800
    assert Payment.objects.get(pk=payment.pk).received_minor == 5_000_800


def test_money_that_comes_while_it_is_allocated_follows_it(grace):
    payment = lost()
    _, [outcome] = overlap(give(payment, "S001", grace), more_comes)
    assert outcome.verdict == "settled"
    assert (balance("suspense:KES"), owed_by("S001")) == (0, 100 - 5_000_700)
    assert verify() == []


def test_money_that_came_just_before_is_allocated_with_it(grace):
    payment = lost()
    _, done = overlap(more_comes, give(payment, "S001", grace))
    assert done.amount_minor == 5_000_700
    assert (balance("suspense:KES"), owed_by("S001")) == (0, 100 - 5_000_700)
    assert verify() == []


def test_what_was_asked_for_is_outdated_by_money_that_comes_meanwhile(grace, david):
    payment = lost(200_000)
    asked = allocate_or_request(payment_id=payment.id, account_code="student:S001:KES", actor=grace.actor, reason=WHY)
    assert isinstance(asked, Approval)
    _, answer = overlap(more_comes, partial(agree, asked, david))
    assert type(answer).__name__ == "ApprovalOutdated"
    assert balance("suspense:KES") == 20_000_700


def test_of_allocating_and_returning_the_first_wins(grace, david):
    payment = lost()
    item = ExceptionItem.objects.get(kind="suspense")
    mark = partial(return_for_refund, item_id=item.id, actor=david.actor, reason="He wants it back.")
    _, answer = overlap(mark, give(payment, "S001", grace))
    assert type(answer).__name__ == "MarkedForReturn"
    assert balance("suspense:KES") == 5_000_000


def test_of_returning_and_allocating_the_first_wins(grace, david):
    payment = lost()
    item = ExceptionItem.objects.get(kind="suspense")
    mark = partial(return_for_refund, item_id=item.id, actor=david.actor, reason="He wants it back.")
    _, answer = overlap(give(payment, "S001", grace), mark)
    assert type(answer).__name__ == "ItemClosed"
    assert ExceptionItem.objects.get(kind="suspense").status == "resolved"


def test_two_who_accept_the_same_flags_accept_each_once(grace, david):
    from ledger.models import Account

    Account.objects.filter(code="student:S002:KES").update(state="review")
    deliver(*[notification(f"F{number}", student="S002", amount=1) for number in range(20)])
    decide_all()
    items = list(ExceptionItem.objects.values_list("id", flat=True))
    ones = [partial(accept, item_id=items[0], actor=person.actor, reason=WHY) for person in (grace, david)]
    assert named(race(*ones * 2)) == {"ExceptionItem": 1, "ItemClosed": 3}
    forwards = partial(accept_many, item_ids=items, actor=grace.actor, reason=WHY)
    backwards = partial(accept_many, item_ids=items[::-1], actor=david.actor, reason=WHY)
    answers = race(forwards, backwards, forwards, backwards)
    assert sum(answers) == 19
    assert acts() == {"payments.accept": 20}
