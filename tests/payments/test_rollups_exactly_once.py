"""No step is missed and none is counted twice, in whatever order transactions commit. Real connections."""

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from core.ids import lowest_id_at
from ledger import chart
from ledger.services.accounts import open_account
from payments.models import Payment, PaymentHistory, PaymentRollup, RollupState
from payments.services import rolling_up
from payments.services.rebuilding import compare, rebuild
from payments.services.rolling_up import LEAST, begin, roll_up
from tests.cast import owes
from tests.payments.counting import count, fact, tell, total
from tests.racing import overlap, race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def s004(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark follows at once, so that it would overtake a slow transaction if nothing else held it back."""
    monkeypatch.setattr(rolling_up, "MARGIN_SECONDS", 0)
    owes("S004", 150_000)
    owes("S005", 150_000)
    open_account(chart.gateway_clearing("cellulant", "KES"))


def mark() -> Any:
    return RollupState.objects.values_list("mark", flat=True).first() or LEAST


def step_of(reference: str) -> Any:
    return PaymentHistory.objects.get(payment_id__in=Payment.objects.filter(reference=reference).values("pk")).pk


def count_until_final(*references: str) -> None:
    """Passes until the mark has gone by itself over these steps; other tests' transactions may hold it back for a while."""
    deadline = time.monotonic() + 60
    while any(mark() <= step_of(reference) for reference in references):
        assert time.monotonic() < deadline, "the mark stands still"
        count()
        time.sleep(0.02)


def test_a_slow_transaction_with_an_older_step_is_counted_once():
    count()
    seen: dict[str, Any] = {}

    def quick() -> None:
        tell(fact("QUICK", amount=2))
        for _ in range(5):
            count()
            time.sleep(0.01)
        seen["meanwhile"] = total()
        seen["mark"] = mark()

    def slow() -> None:
        with transaction.atomic():
            tell(fact("SLOW", amount=1, account="student:S005:KES"))

    overlap(slow, quick)
    assert step_of("SLOW") < step_of("QUICK")
    assert seen["meanwhile"] == {"bookings": 1, "booked_minor": 2, "succeeded": 1}
    assert seen["mark"] <= step_of("SLOW"), "the mark would have passed a step that was not committed"
    count()
    assert total() == {"bookings": 2, "booked_minor": 3, "succeeded": 2}
    count_until_final("SLOW", "QUICK")
    assert total(final=True) == total() == {"bookings": 2, "booked_minor": 3, "succeeded": 2}
    assert compare() == []


def test_a_transaction_that_is_undone_leaves_no_count():
    def regret() -> None:
        with transaction.atomic():
            tell(fact("UNDONE"))
            transaction.set_rollback(True)

    regret()
    tell(fact("DONE"))
    count_until_final("DONE")
    assert total() == {"bookings": 1, "booked_minor": 100, "succeeded": 1}


def test_the_mark_keeps_its_distance_from_the_clock(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rolling_up, "MARGIN_SECONDS", 30)
    tell(fact("A"))
    for _ in range(20):
        count()
    assert RollupState.objects.get().next_mark < lowest_id_at(datetime.now(UTC) - timedelta(seconds=29))
    assert total(final=False) == total() == {"bookings": 1, "booked_minor": 100, "succeeded": 1}


def test_settling_and_counting_at_once_counts_everything_once():
    def settle_many(name: str) -> None:
        for number in range(15):
            tell(*[fact(f"{name}{number}-{part}", amount=1) for part in range(4)])

    def keep_counting() -> int:
        return sum(roll_up(hurry=True) for _ in range(40))

    answers = race(*[partial(settle_many, name) for name in "ABC"], keep_counting, keep_counting)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    count()
    assert total() == {"bookings": 180, "booked_minor": 180, "succeeded": 180}
    count_until_final("A14-0", "B14-0", "C14-0")
    count()
    assert total() == {"bookings": 180, "booked_minor": 180, "succeeded": 180}
    assert compare() == []


def test_only_one_counts_at_a_time():
    count()
    tell(fact("A"))
    answers = overlap(begin, partial(roll_up, hurry=True))
    assert answers[1] is False
    assert not PaymentRollup.objects.exists()


def test_a_rebuild_waits_for_the_pass_and_loses_nothing():
    tell(fact("A"))
    count()
    answers = overlap(begin, rebuild)
    assert answers[1] is None
    assert total() == {"bookings": 1, "booked_minor": 100, "succeeded": 1}


def test_counting_rests_after_it_has_worked():
    count()
    RollupState.objects.update(seconds=3)
    assert not roll_up()
    RollupState.objects.update(counted_at=datetime.now(UTC) - timedelta(seconds=61))
    assert roll_up()


def test_a_state_from_before_a_restore_does_not_stop_the_mark():
    tell(fact("A"))
    count()
    RollupState.objects.update(next_xid=2**50, next_mark=lowest_id_at(datetime.now(UTC) + timedelta(seconds=1)))
    count()
    assert total(final=True) == total() == {"bookings": 1, "booked_minor": 100, "succeeded": 1}
