"""What the rollups count: each payment in one outcome, each booking on the school's day on which it was booked."""

from datetime import date

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from core.models import InboundEvent, InboundOutcome
from payments.models import LatencyRollup, Payment, PaymentHistory, PaymentRollup, UnnamedPayment, WaitingPayment
from payments.services.rebuilding import compare, rebuild
from payments.services.rolling_up import roll_up
from payments.statuses import Status
from tests.cast import decide_all, deliver, notification, owes
from tests.payments.counting import count, counted, days, fact, tell, total

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def s004() -> None:
    owes("S004", 150_000)


@pytest.fixture(params=[False, True], ids=["newest", "final"])
def final(request: pytest.FixtureRequest) -> bool:
    """Whether the steps are still counted anew with each pass, or have been counted for good."""
    return bool(request.param)


def test_an_empty_world_counts_nothing():
    assert roll_up()
    count(final=True)
    assert not PaymentRollup.objects.exists()
    assert compare() == []


def test_money_by_gateway_currency_and_method(final: bool):
    usd = {"currency": "USD", "account": "student:S900:USD", "method": "card"}
    tell(fact("A"), fact("B", amount=250), fact("C", amount=70, **usd), fact("D", amount=9, method="card"))
    count(final=final)
    assert counted("gateway", "currency", "method") == {
        ("cellulant", "KES", "mpesa"): {"bookings": 2, "booked_minor": 350, "succeeded": 2},
        ("cellulant", "KES", "card"): {"bookings": 1, "booked_minor": 9, "succeeded": 1},
        ("cellulant", "USD", "card"): {"bookings": 1, "booked_minor": 70, "succeeded": 1},
    }


def test_a_duplicate_counts_nothing(final: bool):
    tell(fact("A"), fact("A"))
    count(final=final)
    tell(fact("A"))
    count(final=final)
    assert total() == {"bookings": 1, "booked_minor": 100, "succeeded": 1}


def test_every_end_has_its_count(final: bool):
    ends = (Status.FAILED, Status.CANCELLED, Status.EXPIRED, Status.PENDING, Status.UNKNOWN)
    tell(*[fact(f"R{number}", status) for number, status in enumerate(ends)])
    count(final=final)
    assert total() == {"failed": 1, "cancelled": 1, "expired": 1}


@pytest.mark.parametrize("early", [False, True], ids=["failure newest", "failure final"])
def test_a_late_success_takes_the_failure_back_where_it_was_counted(early: bool, final: bool):
    tell(fact("A", Status.FAILED), at="2026-11-02T09:00+03:00")
    count(final=early)
    assert counted("day") == {date(2026, 11, 2): {"failed": 1}}
    tell(fact("A"), at="2026-11-04T09:00+03:00")
    count(final=final)
    assert counted("day") == {date(2026, 11, 4): {"bookings": 1, "booked_minor": 100, "succeeded": 1}}


def test_an_end_that_is_corrected_counts_as_the_last_one_said():
    facts = [fact("A", Status.FAILED), fact("A", Status.CANCELLED), fact("A", Status.EXPIRED), fact("A", Status.FAILED)]
    for day, told in enumerate(facts, start=1):
        tell(told, at=f"2026-11-0{day}T09:00+03:00")
        count(final=day % 2 == 0)
    assert counted("day") == {date(2026, 11, 4): {"failed": 1}}


def test_a_payment_in_parts_is_money_at_once_and_a_success_at_the_end(final: bool):
    asked = fact("A", Status.PENDING, amount=300)
    tell(asked, at="2026-11-02T09:00+03:00")
    for day, (receipt, amount) in enumerate((("A1", 100), ("A2", 200)), start=3):
        part = fact("A", amount=amount)
        tell(part._replace(movement=part.keys[0]._replace(kind="receipt", reference=receipt)), at=f"2026-11-0{day}T09:00+03:00")
        count(final=final)
    assert Payment.objects.get().status == "succeeded"
    assert counted("day") == {
        date(2026, 11, 3): {"bookings": 1, "booked_minor": 100},
        date(2026, 11, 4): {"bookings": 1, "booked_minor": 200, "succeeded": 1},
    }


def test_a_method_that_is_said_later_takes_the_counts_with_it(final: bool):
    tell(fact("A", Status.FAILED, method=""), fact("B", method=""))
    count(final=final)
    assert counted("method") == {"": {"bookings": 1, "booked_minor": 100, "succeeded": 1, "failed": 1}}
    assert UnnamedPayment.objects.count() == (2 if final else 0)
    tell(fact("A"))
    count()
    assert counted("method") == {
        "": {"bookings": 1, "booked_minor": 100, "succeeded": 1},
        "mpesa": {"bookings": 1, "booked_minor": 100, "succeeded": 1},
    }
    count(final=True)
    assert counted("method")["mpesa"] == {"bookings": 1, "booked_minor": 100, "succeeded": 1}
    assert compare() == []


MIDNIGHTS = [
    ("Africa/Nairobi", "2026-11-20T20:59:59.999Z", "2026-11-20T21:00:00Z", date(2026, 11, 20), date(2026, 11, 21)),
    ("Asia/Kathmandu", "2026-11-20T18:14:59.999Z", "2026-11-20T18:15:00Z", date(2026, 11, 20), date(2026, 11, 21)),
    # Clocks go forward: the day has 23 hours, the last instant of it is an hour earlier by UTC.
    ("Europe/Berlin", "2026-03-28T22:59:59.999Z", "2026-03-28T23:00:00Z", date(2026, 3, 28), date(2026, 3, 29)),
    ("Europe/Berlin", "2026-03-29T21:59:59.999Z", "2026-03-29T22:00:00Z", date(2026, 3, 29), date(2026, 3, 30)),
    # Clocks go back: 25 hours.
    ("Europe/Berlin", "2026-10-24T21:59:59.999Z", "2026-10-24T22:00:00Z", date(2026, 10, 24), date(2026, 10, 25)),
    ("Europe/Berlin", "2026-10-25T22:59:59.999Z", "2026-10-25T23:00:00Z", date(2026, 10, 25), date(2026, 10, 26)),
    # Clocks go forward at midnight itself: the day begins at one o'clock.
    ("Africa/Cairo", "2026-04-23T21:59:59.999Z", "2026-04-23T22:00:00Z", date(2026, 4, 23), date(2026, 4, 24)),
    # And back at midnight: the hour before it is there twice, both times on the day that ends.
    ("Africa/Cairo", "2026-10-29T21:59:59.999Z", "2026-10-29T22:00:00Z", date(2026, 10, 29), date(2026, 10, 30)),
    ("UTC", "2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z", date(2026, 12, 31), date(2027, 1, 1)),
]


@pytest.mark.parametrize(("zone", "before", "after", "old", "new"), MIDNIGHTS)
def test_the_day_turns_at_midnight_in_the_school(settings, zone: str, before: str, after: str, old: date, new: date, final: bool):
    settings.SCHOOL_TIME_ZONE = zone
    tell(fact("A", amount=1), at=before)
    tell(fact("B", amount=2), at=after)
    count(final=final)
    assert days() == {old: 1, new: 2}
    rebuild()
    assert days() == {old: 1, new: 2}


def test_a_day_of_25_hours_has_all_of_them(settings):
    settings.SCHOOL_TIME_ZONE = "Europe/Berlin"
    for hour in range(25):
        tell(fact(f"H{hour}", amount=1), at=f"2026-10-{24 + (22 + hour) // 24}T{(22 + hour) % 24:02}:30:00Z")
    count()
    assert days() == {date(2026, 10, 25): 25}
    hours = PaymentRollup.objects.filter(hour__lt=24).order_by("hour").values_list("hour", "bookings")
    assert dict(hours) == {hour: 2 if hour == 2 else 1 for hour in range(24)}


def test_another_time_zone_counts_everything_anew(settings):
    tell(fact("A"), at="2026-11-20T21:30:00Z")
    count(final=True)
    assert list(days()) == [date(2026, 11, 21)]
    settings.SCHOOL_TIME_ZONE = "UTC"
    count()
    assert list(days()) == [date(2026, 11, 20)]


def test_an_import_of_the_past_counts_in_the_past():
    count(final=True)
    tell(fact("OLD"), at="2024-02-29T12:00:00Z")
    count(final=True)
    assert list(days()) == [date(2024, 2, 29)]


def test_how_long_settling_took_is_read_from_the_ids():
    deliver(*[notification(f"T{number}") for number in range(5)])
    decide_all()
    count()
    assert sum(LatencyRollup.objects.values_list("bookings", flat=True)) == 5
    taken = []
    for outcome in InboundOutcome.objects.filter(verdict="settled"):
        received = InboundEvent.objects.get(pk=outcome.event_id).received_at
        taken.append((outcome.decided_at - received).total_seconds() * 1000)
    said = [10 ** (row.tenths / 10) for row in LatencyRollup.objects.all() for _ in range(row.bookings)]
    assert min(taken) / 2 - 5 <= min(said) <= max(said) <= max(taken) * 1.26 + 5


def test_what_was_not_told_by_a_gateway_took_no_time(final: bool):
    tell(fact("A"))
    count(final=final)
    assert not LatencyRollup.objects.exists()


def test_payments_of_unknown_end_wait_until_it_is_known():
    tell(fact("A", Status.PENDING), fact("B", Status.UNKNOWN), fact("C", Status.FAILED), fact("D"))
    count(final=True)
    assert set(WaitingPayment.objects.values_list("status", flat=True)) == {"pending", "unknown"}
    tell(fact("A"))
    count()
    assert WaitingPayment.objects.get().status == "unknown"
    tell(fact("B", Status.EXPIRED))
    count()
    assert not WaitingPayment.objects.exists()


def test_a_waiting_payment_whose_state_moves_on_waits_as_that():
    tell(fact("A", Status.PENDING))
    count()
    Payment.objects.update(status="requires_action")
    count()
    assert WaitingPayment.objects.get().status == "requires_action"


def test_hours_of_a_day_add_up_to_it():
    for hour in range(24):
        tell(fact(f"H{hour}", amount=hour + 1), at=f"2026-11-20T{hour:02}:15:00+03:00")
    count()
    assert PaymentRollup.objects.filter(hour__lt=24).aggregate(sum=Sum("booked_minor"))["sum"] == total()["booked_minor"] == 300


def test_a_pass_reads_no_more_than_is_new():
    tell(*[fact(f"R{number}") for number in range(50)])
    count(final=True)
    tell(fact("PENDING", Status.PENDING), fact("NEW"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payment, payment_history")
        scans = (
            "SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_xact_user_tables WHERE relname ~ '^payment_(history_)?(20|default)'"
        )
        cursor.execute(scans)
        before = cursor.fetchone()
        count()
        cursor.execute(scans)
        assert cursor.fetchone() == before


def test_settling_writes_nothing_for_the_counting():
    with CaptureQueriesContext(connection) as seen:
        tell(fact("A"))
    kept = ("rollup", "waiting_payment", "unnamed_payment")
    assert not [query["sql"] for query in seen.captured_queries if any(table in query["sql"] for table in kept)]
    assert PaymentHistory.objects.count() == 1
