"""Staff decide that nothing is to be done about an event: it is dismissed once, and never settles behind their back."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection, connections, transaction

from access.errors import AuditIncomplete
from access.models import AuditEntry
from core.exceptions import ItemClosed, NewItem, UnfitItem, UnknownItem, open_items
from core.ids import new_id, public_id
from core.models import ExceptionItem, InboundOutcome, InboundPending, QueueState
from ledger.models import Transfer
from tests.cast import decide_all, deliver, notification, owed_by, owes
from tests.racing import overlap, race
from webhooks import deciding
from webhooks.deciding import decide_next
from webhooks.services.dismissing import dismiss, dismiss_events, dismiss_many, preview_dismiss
from webhooks.services.replaying import replay

WHY = {"actor": "user:grace", "reason": "The gateway says it was a test."}


def failed(*references: str) -> list[ExceptionItem]:
    """A quarantined event for each."""
    owes("S004", 150_000) if not Transfer.objects.exists() else None
    events = deliver(*[notification(reference, status="SORT_OF") for reference in references])
    decide_all()
    return [ExceptionItem.objects.get(inbound_event_id=event.id) for event in events]


def verdicts() -> Counter[str]:
    return Counter(InboundOutcome.objects.values_list("verdict", flat=True))


def counted() -> tuple[int, int]:
    state = QueueState.objects.get(name="inbound")
    return state.completed, state.failed


def trail() -> list[tuple[str, str, str, str]]:
    entries = AuditEntry.objects.filter(act="webhooks.dismiss").order_by("id")
    return list(entries.values_list("actor", "act", "target", "reason"))


@pytest.mark.django_db
def test_an_event_is_dismissed_and_keeps_the_reason_it_was_not_settled_for():
    [item] = failed("T1")
    name = public_id("in", item.inbound_event_id)
    assert preview_dismiss(item_id=item.id).summary == f"Dismiss {name}: nothing of it is booked, now or later."
    assert (verdicts(), counted()) == ({"quarantined": 1}, (0, 1))

    done = dismiss(item_id=item.id, **WHY)

    assert (done.status, done.resolved_by, done.resolution) == ("dismissed", "user:grace", f"Dismissed: {WHY['reason']}")
    outcome = InboundOutcome.objects.get()
    assert (outcome.verdict, outcome.reason) == ("dismissed", "unknown_word")
    assert outcome.detail
    assert counted() == (1, 0)
    assert trail() == [("user:grace", "webhooks.dismiss", name, WHY["reason"])]


@pytest.mark.django_db
def test_a_conflict_and_a_poisonous_event_are_dismissed_too(monkeypatch):
    from payments.gateways.cellulant.inbound import Cellulant

    owes("S004", 150_000)
    deliver(notification("T1"), notification("T1", amount=60_000))
    decide_all()
    conflict = ExceptionItem.objects.get(kind="conflict")
    with monkeypatch.context() as broken:
        broken.setattr(Cellulant, "parse", lambda *_, **__: 1 / 0)
        deliver(notification("T2"))
        decide_all()
    poison = ExceptionItem.objects.get(kind="poison")
    assert preview_dismiss(item_id=conflict.id).warnings == ()
    assert "Replay" in preview_dismiss(item_id=poison.id).warnings[0]
    for item in (conflict, poison):
        dismiss(item_id=item.id, **WHY)
    assert (verdicts(), counted()) == ({"settled": 1, "dismissed": 2}, (3, 0))
    assert owed_by("S004") == 10_000_000


@pytest.mark.django_db
def test_what_is_booked_or_decided_is_not_dismissed():
    [item] = failed("T1")
    deliver(notification("T2", student="S404"))
    decide_all()
    suspense = ExceptionItem.objects.get(kind="suspense")
    dismiss(item_id=item.id, **WHY)
    for other, refusal in ((suspense.id, UnfitItem), (item.id, ItemClosed), (new_id(), UnknownItem)):
        with pytest.raises(refusal):
            dismiss(item_id=other, **WHY)
        with pytest.raises(refusal):
            preview_dismiss(item_id=other)
    every = list(InboundOutcome.objects.values_list("event_id", flat=True))
    assert dismiss_events(event_ids=every, **WHY) == 0
    assert (verdicts(), len(trail())) == ({"settled": 1, "dismissed": 1}, 1)


@pytest.mark.django_db
def test_many_are_dismissed_in_a_fixed_number_of_statements(django_assert_num_queries):
    few = [item.id for item in failed("A1", "A2")]
    many = failed(*[f"B{number}" for number in range(30)])
    with django_assert_num_queries(10):
        assert dismiss_many(item_ids=few, **WHY) == 2
    with django_assert_num_queries(10):
        assert dismiss_many(item_ids=[*few, *(item.id for item in many[:20]), new_id()], **WHY) == 20
    assert dismiss_events(event_ids=[item.inbound_event_id for item in many], **WHY) == 10
    assert (verdicts(), counted()) == ({"dismissed": 32}, (32, 0))
    assert len(trail()) == len({target for _, _, target, _ in trail()}) == 32
    assert not ExceptionItem.objects.filter(status="open").exists()


@pytest.mark.django_db
def test_what_no_event_brought_is_dismissed_as_an_item():
    kind = ExceptionItem.Kind.CONFLICT
    open_items([NewItem(kind, "another_amount", f"cellulant:transaction:{n} another_amount") for n in range(3)])
    first, *others = ExceptionItem.objects.order_by("id")
    dismiss(item_id=first.id, **WHY)
    with pytest.raises(ItemClosed):
        dismiss(item_id=first.id, **WHY)
    assert dismiss_many(item_ids=[first.id, *(item.id for item in others)], **WHY) == 2
    assert [target for _, _, target, _ in trail()] == [item.public_id for item in (first, *others)]


@pytest.mark.django_db
@pytest.mark.parametrize("said", [{"actor": ""}, {"reason": " "}])
def test_nothing_is_dismissed_without_an_actor_and_a_reason(said):
    [item] = failed("T1")
    for attempt in (partial(dismiss, item_id=item.id), partial(dismiss_many, item_ids=[item.id])):
        with pytest.raises(AuditIncomplete):
            attempt(**WHY | said)
    assert verdicts() == {"quarantined": 1}


@pytest.mark.django_db
def test_what_was_sent_in_again_is_left_to_the_drain():
    first, second = failed("T1", "T2")
    replay([first.inbound_event_id], actor="user:david", reason="mended")
    with pytest.raises(ItemClosed, match="sent in again"):
        dismiss(item_id=first.id, **WHY)
    assert dismiss_many(item_ids=[first.id, second.id], **WHY) == 1
    decide_all()
    assert verdicts() == {"quarantined": 1, "dismissed": 1}
    assert counted() == (1, 1)
    dismiss(item_id=first.id, **WHY)
    assert counted() == (2, 0)


@pytest.mark.django_db
def test_what_was_dismissed_is_not_sent_in_again():
    [item] = failed("T1")
    dismiss(item_id=item.id, **WHY)
    assert replay([item.inbound_event_id], actor="user:david", reason="curious") == 0


@pytest.mark.django_db
def test_the_runtime_role_can_do_it():
    first, second = failed("T1", "T2")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        dismiss(item_id=first.id, **WHY)
        dismiss_many(item_ids=[second.id], **WHY)
        cursor.execute("RESET ROLE")
    assert verdicts() == {"dismissed": 2}


def send_in(item: ExceptionItem) -> Any:
    return partial(replay, [item.inbound_event_id], actor="user:david", reason="mended")


@pytest.mark.django_db(transaction=True)
def test_two_people_dismiss_once():
    items = failed(*[f"T{number}" for number in range(12)])
    answers = race(*[partial(dismiss, item_id=items[0].id, **WHY)] * 4)
    assert Counter(type(answer).__name__ for answer in answers) == {"ExceptionItem": 1, "ItemClosed": 3}
    ids = [item.id for item in items]
    answers = race(*[partial(dismiss_many, item_ids=order, **WHY) for order in (ids, ids[::-1])] * 2)
    assert sum(answers) == 11
    assert (counted(), len(trail())) == ((12, 0), 12)


@pytest.mark.django_db(transaction=True)
def test_of_dismissing_and_replaying_the_first_wins():
    first, second = failed("T1", "T2")
    _, waiting = overlap(partial(dismiss, item_id=first.id, **WHY), send_in(first))
    assert waiting == 0
    _, answer = overlap(send_in(second), partial(dismiss, item_id=second.id, **WHY))
    assert isinstance(answer, ItemClosed)
    assert list(InboundPending.objects.values_list("event_id", flat=True)) == [second.inbound_event_id]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["dismiss", "replay"])
def test_what_the_drain_has_in_hand_is_left_to_it_and_nobody_waits_for_each_other(act):
    [item] = failed("T1")
    send_in(item)()
    in_hand: list[deciding.Claimed] = []
    meanwhile = partial(dismiss, item_id=item.id, **WHY) if act == "dismiss" else send_in(item)

    _, answer = overlap(
        lambda: in_hand.extend(deciding._claim(10)),
        meanwhile,
        then=lambda: deciding._record(in_hand, deciding._decide(in_hand), ""),
    )

    assert len(in_hand) == 1
    assert isinstance(answer, ItemClosed) if act == "dismiss" else answer == 0
    assert (verdicts(), counted(), InboundPending.objects.count()) == ({"quarantined": 1}, (0, 1), 0)


@pytest.mark.django_db(transaction=True)
def test_a_second_replay_and_the_drain_that_has_the_first_in_hand_do_not_wait_for_each_other():
    """The second looks before the first is committed, and gets the outcome only when a drain has what the first sent in."""
    [item] = failed("T1")
    held, enough = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            InboundOutcome.objects.select_for_update().get(event_id=item.inbound_event_id)
            held.set()
            assert enough.wait(30)

    def drain() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '1min'")  # of two that wait for each other it is the other that is told
        return decide_next()

    with ThreadPoolExecutor(3) as pool:
        with transaction.atomic():
            first = send_in(item)()
            holder = pool.submit(closing, hold)
            wait_until_there_wait(1)
            second = pool.submit(closing, send_in(item))
            wait_until_there_wait(2)
        assert held.wait(30)
        drained = pool.submit(closing, drain)
        wait_until_there_wait(2)
        enough.set()
        holder.result(30)
        assert (first, second.result(30), drained.result(30)) == (1, 0, 1)
    assert (verdicts(), counted(), InboundPending.objects.count()) == ({"quarantined": 1}, (0, 1), 0)


def closing(act: Callable[[], Any]) -> Any:
    """In a thread of a pool, whose connection nobody else would close."""
    try:
        return act()
    finally:
        connections.close_all()


def wait_until_there_wait(count: int) -> None:
    deadline = time.monotonic() + 30
    waiting = -1
    while waiting != count:
        assert time.monotonic() < deadline
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            waiting = cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_what_the_drain_has_just_decided_again_is_dismissed_after_it():
    [item] = failed("T1")
    send_in(item)()
    decided, answer = overlap(decide_next, partial(dismiss, item_id=item.id, **WHY))
    assert (decided, answer.status) == (1, "dismissed")
    assert (verdicts(), counted()) == ({"dismissed": 1}, (1, 0))


@pytest.mark.django_db(transaction=True)
def test_drains_replays_and_dismissals_in_a_storm_lose_nothing():
    items = failed(*[f"T{number}" for number in range(40)])
    ids = [item.id for item in items]
    events = [item.inbound_event_id for item in items]
    answers = race(
        *[partial(replay, events[start::3], actor="user:david", reason="mended") for start in range(3)],
        *[partial(dismiss_many, item_ids=ids[start::2], **WHY) for start in range(2)],
        *[partial(decide_all, 7)] * 3,
    )
    assert all(isinstance(answer, int) for answer in answers), answers
    decide_all()
    dismissed = verdicts()["dismissed"]
    assert verdicts() == Counter({"quarantined": 40 - dismissed, "dismissed": dismissed}) - Counter()
    assert counted() == (dismissed, 40 - dismissed)
    assert ExceptionItem.objects.filter(status="open").count() == 40 - dismissed
    assert len(trail()) == dismissed
