"""What a run is made of follows from its mix and its seed."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from sandbox.cellulant.notification import Notification
from sandbox.cellulant.simulation import notifications
from sandbox.mix import ImpossibleMix, Mix

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
MIX = Mix(count=1000, students=["S001", "S004"], duplicates=0.2, pending_first=0.1, other_amounts=0.02)


def drawn(mix: Mix, seed: int = 7) -> list[Notification]:
    return notifications(mix, seed=seed, at=NOON)


def test_a_seed_replays_its_run_and_another_seed_does_not() -> None:
    assert drawn(MIX) == drawn(MIX)
    assert {n.transaction_id for n in drawn(MIX)}.isdisjoint(n.transaction_id for n in drawn(MIX, seed=8))


def test_the_shares_are_parts_of_the_count() -> None:
    sent = drawn(MIX)
    assert len(sent) == 1000
    assert Counter(sent).total() - len(set(sent)) == 200
    assert sum(n.status == "PENDING" for n in set(sent)) == 100
    amounts = Counter(n.transaction_id for n in set(sent) if n.status == "SUCCESS")
    assert Counter(amounts.values()) == {1: 660, 2: 20}


def test_a_payment_is_announced_before_it_succeeds_unless_all_is_shuffled() -> None:
    first_seen: dict[tuple[str, str], int] = {}
    for place, n in enumerate(drawn(MIX)):
        first_seen.setdefault((n.transaction_id, n.status), place)
    announced = [reference for reference, status in first_seen if status == "PENDING"]
    assert all(first_seen[reference, "PENDING"] < first_seen[reference, "SUCCESS"] for reference in announced)
    shuffled = drawn(Mix(count=1000, students=["S004"], shuffle=True))
    assert shuffled != sorted(shuffled, key=lambda n: n.transaction_id)


def test_a_duplicate_is_the_same_to_the_byte() -> None:
    bodies = Counter(n.body() for n in drawn(MIX))
    assert sum(count - 1 for count in bodies.values()) == 200


def test_one_amount_for_all_when_it_is_given() -> None:
    assert {n.amount_minor for n in drawn(Mix(count=10, students=["S004"], amount_minor=50_000_00))} == {50_000_00}


@pytest.mark.parametrize(
    "shares",
    [
        {"duplicates": 1.0},
        {"duplicates": 1.2},
        {"duplicates": -0.1},
        {"pending_first": 0.6},
        {"other_amounts": 0.4, "pending_first": 0.4},
    ],
)
def test_a_mix_that_leaves_nothing_to_pay_is_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ImpossibleMix):
        Mix(count=100, students=["S004"], **shares)


def test_the_wire_is_as_the_contract_has_it() -> None:
    notification = Notification("TXN_1", "S004", 50_000_50, NOON, "CARD", "COMPLETED")
    assert notification.body() == (
        b'{"transactionId":"TXN_1","studentId":"S004","amountPaid":50000.5,"paymentMethod":"CARD",'
        b'"status":"COMPLETED","timestamp":"2026-03-14T12:00:00.000Z"}'
    )
