"""`manage.py inbox`, as whoever is on call reads it."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.ids import public_id
from core.models import InboundEvent, InboundOutcome, InboundPending
from payments.models import Payment
from tests.cast import decide_all, deliver, notification, owes

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("inbox", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def event() -> str:
    owes("S004", 150_000)
    body = notification("T1", status="SORT_OF")
    event = InboundEvent.objects.create(gateway="cellulant", kind="notification", body=body, received_at=NOON)
    InboundPending.objects.create(event_id=event.pk)
    return public_id("in", event.pk)


def test_a_list_says_when_on_the_schools_clock_and_names_it(event: str):
    assert f"{event}  cellulant  notification  2026-05-04 15:00:00 EAT  pending" in run("list")


def test_one_event_is_shown_whole_by_the_same_clock(event: str, settings):
    assert "received 2026-05-04 15:00:00 EAT\n" in run("show", event)
    assert "It waits to be decided." in run("show", event)
    settings.SCHOOL_TIME_ZONE = "Europe/Berlin"
    decide_all()
    assert "received 2026-05-04 14:00:00 CEST\n" in run("show", event)
    assert "quarantined" in run("show", event)


def test_what_is_no_event_is_refused():
    with pytest.raises(CommandError, match="in_nothing"):
        run("show", "in_nothing")


def test_a_list_that_is_not_whole_says_so(event: str, capsys):
    for number in range(3):
        again = InboundEvent.objects.create(gateway="cellulant", kind="notification", body=b"{}", received_at=NOON)
        InboundPending.objects.create(event_id=again.pk)
        rows = len(run("list", "--limit", "2").splitlines()) - 1
        assert rows == 2, number
    assert capsys.readouterr().err.count("These are the newest 2; --limit shows more.") == 2


@pytest.mark.parametrize("limit", ["0", "-1", "9" * 20, "many"])
def test_a_number_of_rows_that_is_none_is_refused(limit: str):
    with pytest.raises(CommandError, match="not a number of rows"):
        run("list", "--limit", limit)


def test_nothing_is_replayed_without_a_reason(event: str):
    decide_all()
    with pytest.raises(CommandError, match="reason"):
        run("replay", event, "--reason", "")


def test_what_was_quarantined_is_replayed_by_name_and_by_verdict(event: str):
    decide_all()
    assert run("replay", event, "--reason", "The gateway explained it.") == "1 of 1 wait to be decided again.\n"
    assert [public_id("in", waiting.event_id) for waiting in InboundPending.objects.all()] == [event]
    assert run("replay", event, "--reason", "Once more.") == "0 of 1 wait to be decided again.\n"
    decide_all()
    deliver(notification("T2", status="SORT_OF"), notification("T3"))
    decide_all()
    assert run("replay", "--all", "quarantined", "--reason", "The gateway explained it.") == "2 of 2 wait to be decided again.\n"
    assert InboundPending.objects.count() == 2
    with pytest.raises(CommandError, match="Name events"):
        run("replay", "--all", "poison", "--reason", "There is none.")


def test_a_list_of_one_verdict_shows_nothing_else(event: str):
    [settled, waiting] = deliver(notification("T2")), deliver(notification("T3"))
    InboundPending.objects.filter(event_id=waiting[0].pk).delete()
    decide_all()
    InboundPending.objects.create(event_id=waiting[0].pk)
    named = {"quarantined": event, "settled": public_id("in", settled[0].pk), "pending": public_id("in", waiting[0].pk)}
    for verdict, name in named.items():
        [row] = run("list", "--verdict", verdict).splitlines()[1:]
        assert row.startswith(name), verdict
        assert f"  {verdict}" in row


def test_what_became_of_an_event_is_shown_with_its_payment_or_what_is_wrong(event: str):
    [settled] = deliver(notification("T2"))
    decide_all()
    assert f"payment {public_id('pay', Payment.objects.get().pk)}\n" in run("show", public_id("in", settled.pk))
    detail = InboundOutcome.objects.get(verdict="quarantined").detail
    assert detail
    assert run("show", event).endswith(f"{detail}\n")
