"""The dashboard's figures: exact, of the school's own days, and read in a few statements however much there is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import Approval
from config.dashboard import attention, books, dashboard, settled
from config.dashboard.figures import Latency, Money, Outcomes, Rows
from core.exceptions import NewItem, open_items
from core.models import ExceptionItem
from payments.models import AccountRollup, LatencyRollup, Payment, WaitingPayment
from payments.services.account_sums import sum_accounts
from payments.services.allocating import allocate_or_request
from payments.statuses import Status
from tests.cast import decide_all, deliver, notification, owes
from tests.four_eyes import hire
from tests.payments.counting import count, fact, tell

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 18, 9, 20, tzinfo=UTC)
"""A Wednesday, 12:20 in Nairobi."""


@pytest.fixture(autouse=True)
def s004() -> None:
    owes("S004", 150_000)


def usd(reference: str, amount: int):
    return fact(reference, amount=amount, currency="USD", account="student:S900:USD", gateway="stripe", method="card")


def minor(money: tuple[Money, ...]) -> dict[tuple[str, str], tuple[int, int]]:
    return {(one.gateway, one.currency): (one.minor, one.before_minor) for one in money}


def test_an_empty_world_has_zeros_and_no_rates():
    board = dashboard()
    assert board.attention.total == board.attention.inbox.waiting == 0
    assert board.attention.approvals is None
    for period in (board.settled.today, board.settled.week, board.settled.month):
        assert period.money == period.totals == ()
        assert period.outcomes.rate is period.latency is None
    assert board.settled.history == {}
    assert board.settled.counted_at is None
    assert board.books.suspense == board.books.fees == ()


def test_money_of_today_this_week_and_this_month_beside_the_same_before():
    for at, amount in (
        ("2026-10-05T10:00", 1), ("2026-10-30T10:00", 2), ("2026-11-02T10:00", 4), ("2026-11-12T10:00", 8),
        ("2026-11-16T10:00", 16), ("2026-11-17T10:00", 32), ("2026-11-18T10:00", 64),
    ):  # fmt: skip
        tell(fact(at, amount=amount), usd(at, amount * 100), at=f"{at}+03:00")
    count()
    figures = settled(NOON)
    assert minor(figures.today.totals) == {("", "KES"): (64, 32), ("", "USD"): (6400, 3200)}
    assert minor(figures.week.totals) == {("", "KES"): (112, 8), ("", "USD"): (11200, 800)}
    assert minor(figures.month.totals) == {("", "KES"): (124, 3), ("", "USD"): (12400, 300)}
    assert minor(figures.month.money) == {("cellulant", "KES"): (124, 3), ("stripe", "USD"): (12400, 300)}
    assert figures.month.outcomes == Outcomes(succeeded=10)
    assert figures.month.before_outcomes == Outcomes(succeeded=4)


def test_a_day_that_is_not_over_is_compared_until_the_same_full_hour():
    for at, amount in (
        ("2026-11-11T11:59:59.999", 5), ("2026-11-11T12:00", 7), ("2026-11-17T11:59:59.999", 40), ("2026-11-17T12:00", 500),
        ("2026-11-18T11:59:59.999", 60), ("2026-11-18T12:10", 9),
    ):  # fmt: skip
        tell(fact(at, amount=amount), at=f"{at}+03:00")
    count(final=True)
    figures = settled(NOON)
    [today], [week] = figures.today.totals, figures.week.totals
    assert (today.minor, today.so_far_minor, today.before_minor, today.before_so_far_minor) == (69, 60, 540, 40)
    assert today.change == pytest.approx(0.5)
    assert (week.so_far_minor, week.before_so_far_minor, week.before_minor) == (600, 5, 12)


def test_at_the_first_hour_there_is_nothing_to_compare_yet():
    tell(fact("A"), at="2026-11-17T23:59:59.999+03:00")
    tell(fact("B", amount=7), at="2026-11-18T00:00+03:00")
    count()
    [today] = settled(datetime(2026, 11, 17, 21, 0, tzinfo=UTC)).today.totals
    assert (today.minor, today.before_minor, today.change) == (7, 100, None)


@pytest.mark.parametrize(
    ("zone", "last"), [("Africa/Nairobi", "2026-10-25T20:59:59.999Z"), ("Europe/Berlin", "2026-10-25T22:59:59.999Z")]
)
def test_today_turns_with_the_schools_clock(settings, zone: str, last: str):
    settings.SCHOOL_TIME_ZONE = zone
    until = datetime.fromisoformat(last)
    after = until + timedelta(milliseconds=1)
    tell(fact("LAST", amount=1), at=until)
    tell(fact("FIRST", amount=2), at=after)
    count()
    assert minor(settled(until).today.totals) == {("", "KES"): (1, 0)}
    assert minor(settled(after).today.totals) == {("", "KES"): (2, 1)}


def test_a_month_after_a_shorter_one_is_compared_with_all_of_it():
    tell(fact("FEB", amount=3), at="2026-02-28T23:00+03:00")
    tell(fact("MAR", amount=6), at="2026-03-30T10:00+03:00")
    count()
    [month] = settled(datetime(2026, 3, 31, 8, tzinfo=UTC)).month.totals
    assert (month.so_far_minor, month.before_so_far_minor, month.change) == (6, 3, 1.0)


def test_the_success_rate_counts_each_payment_as_it_ended():
    tell(*[fact(f"S{number}") for number in range(6)], fact("F", Status.FAILED), fact("C", Status.CANCELLED), at=NOON)
    tell(fact("X", Status.EXPIRED), fact("LATE", Status.FAILED), fact("P", Status.PENDING), at=NOON)
    count()
    assert settled(NOON).today.outcomes.rate == pytest.approx(0.6)
    tell(fact("LATE"), at=NOON)
    count()
    today = settled(NOON).today
    assert today.outcomes == Outcomes(succeeded=7, failed=1, cancelled=1, expired=1)
    assert today.outcomes_by_gateway == {"cellulant": today.outcomes}


def test_percentiles_are_the_step_by_which_so_many_were_settled():
    day = date(2026, 11, 18)
    steps = {"cellulant": {7: 50, 10: 45, 20: 4, 30: 1}, "stripe": {40: 1}}
    for gateway, bookings in steps.items():
        for tenths, number in bookings.items():
            LatencyRollup.objects.create(day=day, gateway=gateway, tenths=tenths, final=True, bookings=number)
    LatencyRollup.objects.create(day=day - timedelta(days=1), gateway="cellulant", tenths=50, final=False, bookings=100)
    figures = settled(NOON)
    cellulant, stripe = figures.today.latency_by_gateway
    assert cellulant == Latency("cellulant", 100, 5.0, 10.0, 100.0)
    assert stripe == Latency("stripe", 1, 10_000.0, 10_000.0, 10_000.0)
    assert figures.today.latency == Latency("", 101, 10.0, 100.0, 1_000.0)
    assert figures.week.latency.p95_ms == 100_000.0


def test_the_history_has_every_day_of_ninety():
    tell(fact("OLD", amount=1), at="2026-08-20T12:00+03:00")
    tell(fact("OLDER", amount=1000), at="2026-08-21T23:59:59.999+03:00")
    tell(fact("NOW", amount=5), fact("TOO", amount=6), at=NOON)
    count()
    history = settled(NOON).history["KES"]
    assert (len(history), history[0].day, history[-1].day) == (90, date(2026, 8, 21), date(2026, 11, 18))
    assert [(day.minor, day.bookings) for day in (history[0], history[1], history[-1])] == [(1000, 1), (0, 0), (11, 2)]


def test_what_is_counted_says_when():
    count()
    counted_at = settled().counted_at
    assert counted_at is not None
    assert timezone.now() - counted_at < timedelta(minutes=1)


def test_exceptions_by_kind_and_reason_the_oldest_first():
    kind = ExceptionItem.Kind
    for number, (what, why) in enumerate([(kind.FLAG, "overpaid"), (kind.SUSPENSE, "unknown_account"), (kind.FLAG, "overpaid")]):
        open_items([NewItem(what, why, f"pay_{number}")])
    ExceptionItem.objects.create(
        kind="flag",
        reason="overpaid",
        subject="x",
        status="resolved",
        resolved_at=NOON,
        resolved_by="user:grace",
        resolution="Seen.",
    )
    found = attention()
    assert [(one.kind, one.reason, one.count) for one in found.exceptions] == [
        ("flag", "overpaid", 2),
        ("suspense", "unknown_account", 1),
    ]
    assert found.exceptions[0].oldest == ExceptionItem.objects.order_by("created_at")[0].created_at
    assert found.total == 3
    assert found.exceptions[0].rows.url.endswith("?status=open&kind=flag")


def test_approvals_wait_until_they_are_decided_or_too_late():
    tell(fact("A", account="student:NOBODY:KES", amount=10**12))
    grace = hire("Grace", "officer")
    asked = allocate_or_request(
        payment_id=Payment.objects.get().pk, account_code="student:S004:KES", actor=grace.actor, reason="Her mother called."
    )
    assert isinstance(asked, Approval)
    waiting = attention().approvals
    assert waiting is not None
    assert (waiting.count, waiting.oldest) == (1, asked.requested_at)
    assert attention(asked.expires_at).approvals is None


def test_payments_are_stuck_when_their_gateway_keeps_silent():
    for name, minutes in (("old", 16), ("new", 14)):
        tell(fact(name, Status.PENDING), fact(f"{name} unknown", Status.UNKNOWN), at=NOON - timedelta(minutes=minutes))
    count()
    assert WaitingPayment.objects.count() == 4
    found = attention(NOON)
    assert {(one.reason, one.count, one.oldest) for one in found.stuck} == {
        ("pending", 1, NOON - timedelta(minutes=16)),
        ("unknown", 1, NOON - timedelta(minutes=16)),
    }
    tell(fact("old"), fact("old unknown"))
    count()
    assert attention(NOON).stuck == ()


def test_the_inbox_says_how_far_behind_it_is():
    deliver(notification("T1"), notification("T2"))
    inbox = attention().inbox
    assert (inbox.waiting, inbox.oldest_seconds < 60, inbox.rows.filters) == (2, True, {"verdict": "pending"})
    decide_all()
    assert attention().inbox.waiting == 0


def test_fees_owed_and_credit_stand_apart():
    owes("S005", 1_000)
    owes("S006", 500, "USD")
    tell(fact("A", amount=151_000_00), fact("B", amount=100, account="student:S005:KES"))
    sum_accounts()
    kes, usd_fees = books().fees
    assert (kes.currency, kes.owed_minor, kes.owing, kes.credit_minor, kes.in_credit) == ("KES", 999_00, 1, 1_000_00, 1)
    assert (usd_fees.currency, usd_fees.owed_minor, usd_fees.credit_minor) == ("USD", 500_00, 0)
    assert {(one.word, one.currency) for one in AccountRollup.objects.all()} >= {("gateway", "KES"), ("income", "USD")}


def test_suspense_is_read_from_the_books_themselves():
    assert books().suspense == ()
    tell(fact("A", account="student:NOBODY:KES"), fact("B", amount=50, account="student:NOBODY:USD", currency="USD"))
    assert [(one.currency, one.minor) for one in books().suspense] == [("KES", 100), ("USD", 50)]
    assert books().suspense[0].rows == Rows("ledger_account", about="suspense:KES")


def test_it_takes_the_same_few_statements_whatever_there_is():
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            dashboard()
        return len(seen)

    empty = statements()
    for day in range(1, 29):
        tell(fact(f"K{day}"), usd(f"U{day}", day), fact(f"F{day}", Status.FAILED), at=datetime(2026, 11, day, 9, tzinfo=UTC))
    tell(fact("S", account="student:NOBODY:KES"), fact("P", Status.PENDING))
    deliver(notification("T1", status="NONSENSE"))
    count()
    sum_accounts()
    assert statements() == empty <= 12


def test_every_figure_leads_to_a_page_that_is_there(admin_client, settings):
    settings.STAFF_SECOND_FACTOR = False
    tell(fact("A", account="student:NOBODY:KES"), usd("B", 5))
    tell(fact("P", Status.PENDING), at=datetime.now(UTC) - timedelta(hours=1))
    count()
    sum_accounts()
    board = dashboard()
    found = [*board.attention.exceptions, *board.attention.stuck, board.attention.inbox, *board.books.fees, *board.books.suspense]
    urls = {one.rows.url for one in found}
    urls |= {
        one.rows.url for period in (board.settled.today, board.settled.month) for one in (period, *period.totals, *period.money)
    }
    assert len(urls) >= 9
    for url in urls:
        assert url
        assert admin_client.get(url).status_code == 200, url
    assert Rows("no_such").url == ""
