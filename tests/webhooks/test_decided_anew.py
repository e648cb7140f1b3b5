"""A replay that ends in other trouble tells the new story, once; the old one is closed in the name of who asked for it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from config.dashboard.attention import attention
from core.models import ExceptionItem, InboundOutcome, QueueState
from payments.evidence import AmountRule, Evidence, Key
from payments.gateways.cellulant.inbound import Cellulant
from payments.models import Payment
from payments.services.settling import settle
from payments.statuses import Status
from tests.cast import decide_all, deliver, notification, owes
from webhooks.deciding import decide_next
from webhooks.services.replaying import replay

pytestmark = pytest.mark.django_db
PROMPT = Key("checkout", "C1")
NEVER_ASKED = "No payment of ours is known under this reference, and the fact names no account."
OTHER_AMOUNT = "KES 5.00 was known under this reference, the gateway now says KES 7.00."
BROKEN = "ZeroDivisionError: a bug of ours"


def stranger(event: str) -> list[Evidence]:
    """Of a prompt that nobody has heard of."""
    return [Evidence("cellulant", "stk", (Key("checkout", "C0"),), Status.FAILED, 900, "KES", inbound_event_id=event)]


def another_amount(event: str) -> list[Evidence]:
    receipt = Key("receipt", "R1")
    fact = Evidence("cellulant", "stk", (PROMPT,), Status.SUCCEEDED, 700, "KES", movement=receipt, inbound_event_id=event)
    return [fact._replace(amount_rule=AmountRule.FIXED)]


def another_owner(event: str) -> list[Evidence]:
    said = Evidence("cellulant", "stk", (PROMPT,), Status.SUCCEEDED, 500, "KES", movement=Key("receipt", "R1"))
    return [said._replace(account="student:S003:KES", inbound_event_id=event)]


def broken(event: str) -> list[Evidence]:
    raise ZeroDivisionError("a bug of ours")


def broken_otherwise(event: str) -> list[Evidence]:
    raise KeyError("another bug")


def both(event: str) -> list[Evidence]:
    return [*stranger(event), *another_owner(event)]


STORIES: dict[Callable[[str], list[Evidence]], tuple[Any, ...]] = {
    stranger: ("quarantine", "unknown_payment", 900, False, NEVER_ASKED),
    another_amount: ("quarantine", "another_amount", 700, True, OTHER_AMOUNT),
    another_owner: (
        "conflict",
        "another_owner",
        500,
        True,
        "The same reference named student:S004:KES before and names student:S003:KES now.",
    ),
    broken: ("poison", "our_code_failed", None, False, BROKEN),
    broken_otherwise: ("poison", "our_code_failed", None, False, "KeyError: 'another bug'"),
}


@pytest.fixture
def hear(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What an event says is what this is told last; it is decided among others that settle."""

    def heard(reading: Callable[[str], list[Evidence]]) -> None:
        parse = Cellulant.parse

        def read(self: Any, *, kind: str, raw: bytes, inbound_event_id: str) -> list[Evidence]:
            if b"RIDDLE" in raw:
                return reading(inbound_event_id)
            return parse(self, kind=kind, raw=raw, inbound_event_id=inbound_event_id)

        monkeypatch.setattr(Cellulant, "parse", read)

    return heard


@pytest.fixture
def prompted() -> Payment:
    """A payment that was asked for: KES 5.00 for S004."""
    owes("S004", 1_000)
    with transaction.atomic():
        settle([Evidence("cellulant", "stk", (PROMPT,), Status.PENDING, 500, "KES", account="student:S004:KES")])
    return Payment.objects.get()


def told(item: ExceptionItem) -> tuple[Any, ...]:
    return item.kind, item.reason, item.amount_minor, item.payment_id is not None, item.detail


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (stranger, another_amount),
        (stranger, another_owner),
        (stranger, broken),
        (another_owner, another_amount),
        (broken, stranger),
        (broken, another_owner),
        (broken, broken_otherwise),
    ],
)
@pytest.mark.parametrize("neighbours", [0, 150])
def test_other_trouble_is_told_in_place_of_the_old(prompted, hear, before, now, neighbours):
    hear(before)
    (event,) = deliver(notification("RIDDLE"))
    decide_all()
    old = ExceptionItem.objects.get()
    assert told(old) == STORIES[before]
    hear(now)
    assert replay([event.id], actor="user:officer", reason="Look again.") == 1
    deliver(*[notification(f"T{number}", amount=1) for number in range(neighbours)])
    decide_all()
    item = ExceptionItem.objects.get(status="open")
    assert told(item) == STORIES[now]
    assert item.inbound_event_id == event.id
    assert item.payment_id in (None, prompted.id)
    old.refresh_from_db()
    assert (old.status, old.resolved_by) == ("resolved", "user:officer")
    assert old.resolution == f"Decided anew: {STORIES[now][-1]}"
    assert told(old) == STORIES[before], "what was told then is not rewritten"
    assert [waiting.count for waiting in attention().exceptions] == [1]
    assert InboundOutcome.objects.get(event_id=event.id).reason == item.reason
    state = QueueState.objects.get(name="inbound")
    assert (state.completed, state.failed) == (neighbours, 1)


@pytest.mark.parametrize("story", list(STORIES))
def test_the_same_story_stays_as_it_is(prompted, hear, story):
    hear(story)
    (event,) = deliver(notification("RIDDLE"))
    decide_all()
    before = ExceptionItem.objects.values().get()
    replay([event.id], actor="user:officer", reason="Look again.")
    decide_all()
    assert ExceptionItem.objects.values().get() == before


def test_an_event_of_several_facts_keeps_what_is_as_it_was(prompted, hear):
    hear(both)
    (event,) = deliver(notification("RIDDLE"))
    decide_all()
    assert {told(item) for item in ExceptionItem.objects.all()} == {STORIES[stranger], STORIES[another_owner]}
    replay([event.id], actor="user:officer", reason="Look again.")
    decide_all()
    assert ExceptionItem.objects.filter(status="open").count() == ExceptionItem.objects.count() == 2
    hear(another_owner)
    replay([event.id], actor="user:officer", reason="And again.")
    decide_all()
    assert told(ExceptionItem.objects.get(status="open")) == STORIES[another_owner]


def test_a_settled_replay_closes_every_story(prompted, hear):
    hear(broken)
    (event,) = deliver(notification("RIDDLE"))
    decide_all()
    hear(lambda event: [another_amount(event)[0]._replace(amount_minor=500)])
    replay([event.id], actor="user:officer", reason="The bug is fixed.")
    decide_all()
    item = ExceptionItem.objects.get()
    assert (item.status, item.resolution) == ("resolved", "Settled by a replay.")


def test_where_nothing_was_replayed_nothing_more_is_asked(prompted, hear):
    hear(stranger)
    deliver(*[notification(f"RIDDLE{number}") for number in range(5)])
    with CaptureQueriesContext(connection) as questions:
        decide_next()
    assert sum("exception_item" in question["sql"] for question in questions) == 1


def test_many_replays_take_as_many_statements_as_one(prompted, hear):
    def replayed(count: int) -> int:
        hear(stranger)
        events = deliver(*[notification(f"RIDDLE{number}") for number in range(count)])
        decide_all()
        hear(another_amount)
        replay([event.id for event in events], actor="user:officer", reason="Look again.")
        with CaptureQueriesContext(connection) as questions:
            decide_all()
        assert ExceptionItem.objects.filter(status="open", reason="unknown_payment").count() == 0
        return len(questions)

    assert replayed(20) == replayed(1)
