"""Built anew, the rollups say what they said before; what was altered behind their back is found and mended."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.ids import new_id
from ledger.services.verify import verify
from payments.models import LatencyRollup, Payment, PaymentHistory, PaymentRollup, RollupState
from payments.services.rebuilding import compare, mend, rebuild
from payments.statuses import Status
from payments.tasks import mend_rollups, roll_up, sum_accounts
from tests.cast import decide_all, deliver, notification, owes
from tests.payments.counting import COUNTS, count, counted, fact, tell, total

pytestmark = pytest.mark.django_db
ENDS = {"succeeded": "succeeded", "failed": "failed", "cancelled": "cancelled", "expired": "expired"}
WEEK = [datetime(2026, 11, day, hour, 59, 59, 999_999, UTC) for day in (1, 2, 3) for hour in (4, 20, 21)]


@pytest.fixture(autouse=True)
def s004() -> None:
    owes("S004", 150_000)


def by_hand() -> dict[Any, dict[str, int]]:
    """The same figures, told slowly: each payment's steps read one after the other."""
    school = ZoneInfo(django_settings.SCHOOL_TIME_ZONE)
    figures: dict[Any, Counter[str]] = defaultdict(Counter)
    for payment in Payment.objects.all():
        where = (payment.gateway, payment.currency, payment.method)
        end: tuple[str, date] | None = None
        for step in PaymentHistory.objects.filter(payment_id=payment.pk).order_by("pk"):
            day = step.recorded_at.astimezone(school).date()
            if step.booked_minor:
                figures[day, *where].update(bookings=1, booked_minor=step.booked_minor)
            if step.to_status in ENDS and (end is None or end[0] != step.to_status):
                end = (step.to_status, day)
        if end is not None:
            figures[end[1], *where][end[0]] += 1
    return {name: dict(counts) for name, counts in figures.items() if any(counts.values())}


def everything() -> dict[Any, dict[str, int]]:
    return counted("day", "gateway", "currency", "method")


told = st.tuples(
    st.sampled_from(["A", "B", "C"]),
    st.sampled_from([Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.EXPIRED, Status.PENDING]),
    st.sampled_from(["", "mpesa", "card"]),
    st.sampled_from(["KES", "USD"]),
    st.sampled_from(WEEK),
)
passes = st.sampled_from(["none", "newest", "final", "rebuild", "rebuild from the second"])


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(told, passes), max_size=14))
def test_counted_step_by_step_or_all_at_once_it_is_the_same(story: Any) -> None:
    with transaction.atomic():
        for (reference, status, method, currency, at), then in story:
            account = f"student:S004:{currency}"
            tell(fact(f"{reference}{currency}", status, method=method, currency=currency, account=account), at=at)
            match then:
                case "newest" | "final":
                    count(final=then == "final")
                case "rebuild":
                    rebuild()
                case "rebuild from the second":
                    rebuild(date(2026, 11, 2))
        count()
        assert everything() == by_hand()
        assert compare() == []
        count(final=True)
        assert everything() == by_hand()
        assert compare() == []
        rebuild()
        assert everything() == by_hand()
        transaction.set_rollback(True)


def a_few_days() -> None:
    for day in (1, 2, 3):
        tell(fact(f"S{day}", amount=day), fact(f"F{day}", Status.FAILED), at=f"2026-11-0{day}T10:00+03:00")
    count(final=True)


LIES = [
    ("UPDATE payment_rollup SET booked_minor = booked_minor + 1 WHERE day = '2026-11-02'", 2),
    ("DELETE FROM payment_rollup WHERE hour = 24 AND day = '2026-11-03'", 4),
    (
        "INSERT INTO payment_rollup SELECT hour, '2026-11-04', gateway, currency, method, final, 0, 0, 0, 1, 0, 0"
        " FROM payment_rollup WHERE hour = 24 AND day = '2026-11-03'",
        1,
    ),
]


@pytest.mark.parametrize(("lie", "differences"), LIES, ids=["sum", "missing", "extra"])
def test_what_was_altered_is_found_and_mended(lie: str, differences: int) -> None:
    a_few_days()
    right = everything()
    with connection.cursor() as cursor:
        cursor.execute(lie)
    assert len(compare()) == differences
    assert compare(date(2026, 11, 5)) == []
    rebuild(date(2026, 11, 2))
    assert compare() == []
    assert everything() == right


def test_mending_looks_at_the_last_days_and_says_what_it_found(caplog: pytest.LogCaptureFixture) -> None:
    tell(fact("OLD"), at=datetime.now(UTC) - timedelta(days=9))
    tell(fact("NEW"), at=datetime.now(UTC) - timedelta(days=1))
    count(final=True)
    assert mend() == []
    PaymentRollup.objects.update(bookings=7)
    found = mend()
    assert {(difference.what, difference.kept, difference.counted) for difference in found} == {("bookings", 7, 1)}
    assert "rollups differed" in caplog.text
    assert mend() == []
    assert len(compare()) == 2, "what is older is left to `manage.py rollups verify`"


def test_a_step_that_came_from_a_clock_far_behind_is_mended() -> None:
    tell(fact("A"))
    count(final=True)
    tell(fact("B"))
    RollupState.objects.update(mark=new_id(), next_mark=new_id())
    count()
    assert total() == {"bookings": 1, "booked_minor": 100, "succeeded": 1}
    assert [fault.subject for fault in verify()] == ["cellulant KES"]
    assert mend()
    assert total() == {"bookings": 2, "booked_minor": 200, "succeeded": 2}
    assert verify() == []


def test_latencies_are_rebuilt_too() -> None:
    deliver(*[notification(f"T{number}") for number in range(3)])
    decide_all()
    count(final=True)
    before = list(LatencyRollup.objects.order_by("tenths").values_list("day", "gateway", "tenths", "bookings"))
    rebuild()
    assert list(LatencyRollup.objects.order_by("tenths").values_list("day", "gateway", "tenths", "bookings")) == before != []


def test_the_books_are_not_proved_by_rollups_that_say_another_sum() -> None:
    a_few_days()
    tell(fact("LATER"))
    assert verify() == []
    PaymentRollup.objects.filter(hour=24, day=date(2026, 11, 1)).update(booked_minor=5)
    [finding] = verify()
    assert (finding.check, finding.subject) == ("rollups and payments say the same sums", "cellulant KES")


def test_the_command_rebuilds_and_verifies() -> None:
    a_few_days()
    PaymentRollup.objects.filter(day=date(2026, 11, 3)).delete()
    out = StringIO()
    with pytest.raises(CommandError, match="8 figures differ"):
        call_command("rollups", "verify", stdout=out)
    assert "2026-11-03 cellulant mpesa KES: failed is kept as 0, the rows say 1" in out.getvalue()
    call_command("rollups", "verify", "--from", "2026-11-04", stdout=out)
    call_command("rollups", "rebuild", "--from", "2026-11-03", stdout=out)
    call_command("rollups", "verify", stdout=out)
    PaymentRollup.objects.all().delete()
    call_command("rollups", "rebuild", stdout=out)
    assert total() == {"bookings": 3, "booked_minor": 6, "succeeded": 3, "failed": 3}
    with pytest.raises(CommandError, match="2026-13-01"):
        call_command("rollups", "rebuild", "--from", "2026-13-01", stdout=out)


def test_each_task_runs_twice_as_well_as_once() -> None:
    a_few_days()
    for task in (roll_up, mend_rollups, sum_accounts):
        task()
        task()
    assert {name: total()[name] for name in COUNTS if name in total()} == {
        "bookings": 3,
        "booked_minor": 6,
        "succeeded": 3,
        "failed": 3,
    }


def test_the_runtime_role_may_count_and_rebuild() -> None:
    a_few_days()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        count(final=True)
        rebuild()
        mend()
        sum_accounts()
        cursor.execute("RESET ROLE")
    assert compare() == []
