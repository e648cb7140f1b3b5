"""Two workers with the same facts, at the same instant, on real connections."""

import random
from collections import Counter
from functools import partial

import pytest
from django.db import connection, connections, transaction

from core.models import InboundOutcome
from ledger.models import Transfer
from ledger.services.balances import balance
from payments.evidence import Evidence, Key
from payments.models import NaturalKey, Payment
from payments.services.settling import settle
from payments.statuses import Status
from tests.cast import decide_all, deliver, notification, owed_by, owes
from tests.racing import race
from webhooks.deciding import decide_next

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def s004() -> None:
    owes("S004", 150_000)


def success(reference: str, amount: int = 100) -> Evidence:
    key = Key("transaction", reference)
    return Evidence(
        gateway="cellulant",
        kind="notification",
        keys=(key,),
        status=Status.SUCCEEDED,
        amount_minor=amount,
        currency="KES",
        account="student:S004:KES",
        movement=key,
    )


@transaction.atomic
def settle_now(*facts: Evidence) -> list[str]:
    return [str(outcome.verdict) for outcome in settle(facts)]


def test_the_same_reference_from_eight_connections_books_once():
    answers = race(*[partial(settle_now, success("T1"))] * 8)
    assert Counter(verdict for answer in answers for verdict in answer) == {"settled": 1, "duplicate": 7}
    assert owed_by("S004") == 15_000_000 - 100


def test_the_same_reference_with_two_amounts_books_one_of_them():
    answers = race(*[partial(settle_now, success("T1", amount)) for amount in (100, 200)] * 4)
    assert Counter(verdict for answer in answers for verdict in answer) == {"settled": 1, "duplicate": 3, "conflict": 4}
    assert 15_000_000 - owed_by("S004") == Payment.objects.get().received_minor in {100, 200}


def test_batches_in_opposite_orders_neither_deadlock_nor_book_twice():
    references = [f"T{number}" for number in range(60)]
    runners = []
    for seed in range(4):
        shuffled = random.Random(seed).sample(references, len(references))
        runners.append(partial(settle_now, *[success(reference) for reference in shuffled]))
    answers = race(*runners)
    assert all(isinstance(answer, list) for answer in answers), answers
    assert Counter(verdict for answer in answers for verdict in answer) == {"settled": 60, "duplicate": 180}
    assert owed_by("S004") == 15_000_000 - 6_000
    assert Transfer.objects.filter(kind="payment").count() == NaturalKey.objects.count() == 60


def test_four_drains_at_once_decide_every_event_once():
    deliver(*[notification(f"T{number % 100}", amount=1) for number in range(300)])
    answers = race(*[partial(decide_all, 20)] * 4)
    assert sum(answers) == 300
    assert Counter(InboundOutcome.objects.values_list("verdict", flat=True)) == {"settled": 100, "duplicate": 200}
    assert owed_by("S004") == 15_000_000 - 10_000


def test_pending_failed_and_success_racing_end_as_a_success():
    facts = [
        success("T1"),
        success("T1")._replace(status=Status.PENDING, movement=None),
        success("T1")._replace(status=Status.FAILED, movement=None),
    ]
    race(*[partial(settle_now, fact) for fact in facts] * 2)
    assert Payment.objects.get().status == "succeeded"
    assert owed_by("S004") == 15_000_000 - 100


def test_a_worker_whose_connection_dies_in_the_middle_leaves_nothing_half_done():
    events = deliver(*[notification(f"T{number}", amount=1) for number in range(10)])

    def die_before_commit() -> None:
        with transaction.atomic():
            decide_next(limit=10)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pid = cursor.fetchone()[0]
            race(partial(_terminate, pid))

    answer = race(die_before_commit)[0]
    assert isinstance(answer, Exception)
    assert (Payment.objects.count(), NaturalKey.objects.count(), InboundOutcome.objects.count()) == (0, 0, 0)
    assert decide_all() == len(events)
    assert owed_by("S004") == 15_000_000 - 1_000
    assert balance("gateway:cellulant:clearing:KES") == 1_000


def _terminate(pid: int) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
