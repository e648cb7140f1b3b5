"""Poison, quarantine and replay: one bad event harms no neighbour, and nothing is lost."""

import pytest

from core.models import ExceptionItem, InboundOutcome, InboundPending, QueueState
from payments.gateways.cellulant.inbound import Cellulant
from payments.services import writing
from tests.cast import decide_all, deliver, notification, owed_by, owes
from webhooks.services.replaying import replay

pytestmark = pytest.mark.django_db


@pytest.fixture
def _poisonous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own code fails on any fact with POISON in its reference."""
    parse = Cellulant.parse

    def stumble(self, *, kind, raw, inbound_event_id):
        if b"POISON" in raw:
            raise ZeroDivisionError("a bug of ours")
        return parse(self, kind=kind, raw=raw, inbound_event_id=inbound_event_id)

    monkeypatch.setattr(Cellulant, "parse", stumble)


@pytest.mark.usefixtures("_poisonous")
def test_a_poisonous_event_is_parked_with_its_traceback_and_its_neighbours_settle():
    owes("S004", 150_000)
    bodies = [notification("POISON" if number == 17 else f"T{number}", amount=1) for number in range(40)]
    events = deliver(*bodies)
    assert decide_all() == 40
    assert owed_by("S004") == 15_000_000 - 3_900
    parked = InboundOutcome.objects.get(verdict="poison")
    assert parked.event_id == events[17].id
    assert "ZeroDivisionError: a bug of ours" in parked.detail
    assert ExceptionItem.objects.get().kind == "poison"
    state = QueueState.objects.get(name="inbound")
    assert (state.completed, state.failed) == (39, 1)


def test_what_the_database_refuses_for_one_event_is_its_own_affair(monkeypatch: pytest.MonkeyPatch):
    owes("S004", 150_000)
    events = deliver(*[notification(f"T{number}", amount=1) for number in range(10)])
    insert = writing._insert_history

    def refuse(batch, send):
        insert(batch, send)
        if any(step.payment.reference == "T3" for step in batch.steps):
            send("payments", "find_keys", ["{}", "{}", "not an array"])

    monkeypatch.setattr(writing, "_insert_history", refuse)
    decide_all()
    assert InboundOutcome.objects.get(verdict="poison").event_id == events[3].id
    assert owed_by("S004") == 15_000_000 - 900


def test_a_replay_after_the_fix_settles_and_closes_the_item(monkeypatch: pytest.MonkeyPatch):
    owes("S004", 150_000)
    with monkeypatch.context() as broken:
        broken.setattr(Cellulant, "parse", lambda *_, **__: 1 / 0)
        (event,) = deliver(notification("T1"))
        decide_all()
    assert owed_by("S004") == 15_000_000
    assert replay([event.id], actor="user:officer", reason="the bug is fixed") == 1
    decide_all()
    assert owed_by("S004") == 10_000_000
    item = ExceptionItem.objects.get()
    assert (item.status, item.resolved_by) == ("resolved", "user:officer")
    state = QueueState.objects.get(name="inbound")
    assert (state.completed, state.failed) == (1, 0)


def test_a_replay_of_what_is_still_broken_stays_one_open_item():
    owes("S004", 150_000)
    (event,) = deliver(notification("T1", amount="50000"))
    decide_all()
    replay([event.id], actor="user:officer", reason="try again")
    decide_all()
    assert ExceptionItem.objects.filter(status="open").count() == 1
    assert QueueState.objects.get(name="inbound").failed == 1


def test_what_settled_is_not_replayed():
    owes("S004", 150_000)
    (event,) = deliver(notification("T1"))
    decide_all()
    assert replay([event.id], actor="user:officer", reason="curious") == 0
    assert InboundPending.objects.count() == 0
