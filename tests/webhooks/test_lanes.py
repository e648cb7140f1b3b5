"""Under a backlog two batches are decided side by side; nothing is decided twice, and no lane is left behind."""

import threading

import pytest
from django.db import connection

from core.models import InboundOutcome, InboundPending, QueueState
from core.sql import run
from tests.cast import deliver, notification, owed_by, owes
from webhooks import lanes as module
from webhooks.deciding import decide_next
from webhooks.lanes import Lanes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_batches(settings) -> None:
    settings.SETTLE_BATCH = 10
    owes("S004", 150_000)


def decide_all_on(lanes: Lanes) -> int:
    decided = 0
    while (found := lanes.decide_next()) or InboundPending.objects.exists():
        decided += found
    return decided


def lanes_alive() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "second-lane"]


def test_a_backlog_with_twins_is_decided_exactly_once_on_two_lanes():
    for turn in range(5):  # each ends at another moment of the second lane's
        deliver(*[notification(f"T{turn}-{n % 50}", amount=1) for n in range(100)])
        with Lanes() as lanes:
            decided = decide_all_on(lanes)
        assert decided + lanes.decided_beside() == 100
        assert lanes_alive() == []
    assert owed_by("S004") == 15_000_000 - 250 * 100
    assert InboundOutcome.objects.count() == 500
    assert QueueState.objects.get(name="inbound").completed == 500


def test_without_a_backlog_there_is_one_lane():
    deliver(*[notification(f"T{n}", amount=1) for n in range(9)])
    with Lanes() as lanes:
        assert lanes.decide_next() == 9
        assert lanes_alive() == []


def test_what_the_second_lane_meets_with_is_raised_by_the_first(monkeypatch: pytest.MonkeyPatch):
    def decide_or_fail(*, holder: str) -> int:
        if threading.current_thread().name == "second-lane":
            raise ConnectionError("the second lane's database is away")
        return decide_next(holder=holder)

    monkeypatch.setattr(module, "decide_next", decide_or_fail)
    deliver(*[notification(f"T{n}", amount=1) for n in range(30)])
    with pytest.raises(ConnectionError, match="second lane"), Lanes() as lanes:
        decide_all_on(lanes)
    assert lanes_alive() == []


def test_what_every_batch_runs_is_prepared_and_nothing_else_is():
    prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
    run("payments", "keys_of_payments", ["{}"])
    for turn in range(2):
        deliver(notification(f"T{turn}", amount=1))
        decide_next()
    with connection.cursor() as cursor:
        cursor.execute(prepared, ["INSERT INTO payment (%"])
        assert cursor.fetchone() == (1,)
        cursor.execute(prepared, ["SELECT payment_id%"])
        assert cursor.fetchone() == (0,)
