"""The first page: what it says is what the rows behind it add up to, and it says so when it can't know."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import Approval
from config.dashboard import books, settled
from config.overview import overview
from config.overview.wording import days, duration, percent
from core.models import ExceptionItem
from payments.models import GatewayState, Payment, RollupState
from payments.services.account_sums import sum_accounts
from payments.services.allocating import allocate_or_request
from payments.statuses import Status
from tests.admin.office import listed
from tests.cast import owes
from tests.four_eyes import hire
from tests.payments.counting import count, fact, tell

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 18, 9, 20, tzinfo=UTC)
"""A Wednesday, 12:20 in Nairobi."""


@pytest.fixture
def read(as_):
    """The text of the overview's content, without its tags, as somebody in a role sees it."""

    def page(role="officer"):
        answer = as_(role).get("/admin/")
        assert answer.status_code == 200
        return " ".join(
            unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.content.decode().partition('id="content"')[2])).split()
        )

    return page


def a_busy_week():
    """Two gateways, two currencies, days before and after the week began, an end that was changed, and ends of every kind."""
    owes("S004", 150_000)
    for at, amount in (("2026-11-15T23:59:59.999", 1), ("2026-11-16T00:00", 2), ("2026-11-17T23:59", 4), ("2026-11-18T00:00", 8)):
        tell(
            fact(at, amount=amount),
            fact(f"{at} $", amount=amount * 100, currency="USD", account="student:S900:USD", gateway="stripe", method="card"),
            fact(f"{at} F", Status.FAILED),
            at=f"{at}+03:00",
        )
    tell(fact("2026-11-16T00:00 F"), fact("X", Status.EXPIRED), fact("C", Status.CANCELLED), at=NOON)
    count()


def test_the_sums_are_those_of_the_rows_they_lead_to(as_):
    browser = as_("viewer")
    with time_machine.travel(NOON):
        a_busy_week()
        figures = settled(NOON)
        seen = 0
        for period in (figures.today, figures.week, figures.month):
            for money in (*period.totals, *period.money):
                rows = listed(browser, money.rows.url)
                assert (len(rows), sum(row.amount_minor for row in rows)) == (money.bookings, money.minor), money
                assert {row.currency for row in rows} <= {money.currency}
                rows = listed(browser, money.before_rows.url)
                assert (len(rows), sum(row.amount_minor for row in rows)) == (money.before_bookings, money.before_minor), money
                seen += 1
        assert seen == 12
        for day in figures.history["KES"][-4:]:
            rows = listed(browser, f"/admin/ledger/transfer/?kind=payment&when={day.day}&currency=KES")
            assert (len(rows), sum(row.amount_minor for row in rows)) == (day.bookings, day.minor)


def test_what_came_before_leads_to_its_rows_as_well(as_):
    with time_machine.travel(NOON):
        tell(fact("last month", amount=16), at="2026-10-31T23:59:59.999+03:00")
        a_busy_week()
        page = as_("viewer").get("/admin/").content.decode()
        [yesterday, last_week, last_month] = re.findall(r'<p class="bo-before">(.*?)</p>', page)
    href = "/admin/ledger/transfer/?kind=payment&amp;when={}&amp;currency=KES"
    assert f'href="{href.format("yesterday")}"><span class="bo-amount">KES 0.04</span></a>' in yesterday
    assert f'href="{href.format("last_week")}"><span class="bo-amount">KES 0.01</span></a>' in last_week
    assert f'href="{href.format("last_month")}"><span class="bo-amount">KES 0.16</span></a> last month' in last_month


def test_how_payments_ended_is_how_those_did_that_it_leads_to(as_):
    browser = as_("viewer")
    with time_machine.travel(NOON):
        a_busy_week()
        for name in ("today", "week", "month"):
            outcomes = getattr(settled(NOON), name).outcomes
            for outcome in ("succeeded", "failed", "cancelled", "expired"):
                rows = listed(browser, f"/admin/payments/payment/?ended={name}&outcome={outcome}")
                assert len(rows) == getattr(outcomes, outcome), (name, outcome)
            assert len(listed(browser, f"/admin/payments/payment/?ended={name}")) == outcomes.ended


def test_fees_and_credit_are_those_of_the_accounts_they_lead_to(as_):
    browser = as_("viewer")
    for student, major in (("S004", 150), ("S005", 1), ("S006", 30)):
        owes(student, major)
    tell(fact("A", amount=300, account="student:S005:KES"))
    sum_accounts()
    [fees] = books().fees
    for rows, minor, number in ((fees.rows, fees.owed_minor, fees.owing), (fees.credit_rows, fees.credit_minor, fees.in_credit)):
        found = listed(browser, rows.url)
        assert (len(found), sum(abs(row.posted_minor) for row in found)) == (number, minor)
    assert (fees.owed_minor, fees.credit_minor) == (180_00, 2_00)


def test_silent_payments_are_those_it_leads_to(as_):
    long_ago = timezone.now() - timedelta(minutes=20)
    tell(fact("old", Status.PENDING), fact("unknown", Status.UNKNOWN), at=long_ago)
    tell(fact("new", Status.PENDING))
    count()
    [row] = listed(as_("viewer"), "/admin/payments/payment/?status=pending&silent=yes")
    assert row.reference == "old"


def test_it_says_what_needs_a_human_and_what_came_in(office, read):
    GatewayState.objects.create(gateway="mpesa", circuit="open", last_error="Timed out", failed_at=timezone.now())
    count()
    sum_accounts()
    page = read()
    assert "1 M-Pesa does not answer Timed out" in page
    assert "1 in conflict Another amount" in page
    assert "1 quarantined" in page
    assert "1 in suspense" in page
    assert "1 flagged" in page
    assert "KES 301,000.00 4 payments" in page
    assert "1 waiting" in page
    assert "In suspense KES 1,000.00" in page
    assert "Outstanding fees" in page
    assert "Success rate today 80 % 4 succeeded · 1 failed" in page


def test_a_quiet_day_is_calm(read):
    count()
    page = read()
    assert "Nothing needs a human." in page
    assert page.count("Nothing yet") == 3
    assert "could not be" not in page


@pytest.mark.parametrize(("instant", "today"), [("2026-11-20T20:59:59.999Z", 1), ("2026-11-20T21:00:00Z", 2)])
def test_today_begins_at_the_schools_midnight(as_, instant, today):
    owes("S004", 150_000)
    tell(fact("LAST", amount=1_00), at="2026-11-20T23:59:59.999+03:00")
    tell(fact("FIRST", amount=2_00), at="2026-11-21T00:00:00+03:00")
    count()
    with time_machine.travel(instant, tick=False):
        page = as_("viewer").get("/admin/").content.decode()
        assert f"KES {today}.00" in page.partition('aria-label="Today"')[2].partition("</a>")[0]


def test_sums_that_are_old_say_so(read):
    assert "No payment has been counted yet." in read("viewer")
    count()
    RollupState.objects.update(counted_at=datetime(2026, 11, 18, 9, 0, tzinfo=UTC))
    assert "The worker last counted at 12:00:00 on 2026-11-18" in read("approver")


def test_a_slow_database_costs_the_page_a_part_and_no_more(read, monkeypatch):
    def slow(*_):
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr("config.overview.page.settled", slow)
    page = read()
    assert "The database takes too long over sums." in page
    assert "Nothing needs a human." in page
    assert "Newest payments" in page


def test_a_statement_that_takes_too_long_is_given_up(monkeypatch):
    from config.overview import patience

    monkeypatch.setattr(patience, "SECONDS", 0.05)

    def sleep():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
        return "woke"

    assert patience.in_time(sleep) is None
    monkeypatch.setattr(patience, "SECONDS", 20)
    assert patience.in_time(ExceptionItem.objects.count) == 0


def test_whoever_may_not_see_rows_sees_no_sums_of_them(office, read, as_):
    count()
    assert "no role yet" in read("new")
    for role in ("viewer", "officer", "approver"):
        assert "KES 301,000.00" in read(role)


def test_approvals_are_shown_until_they_are_decided(read):
    owes("S004", 150_000)
    tell(fact("A", account="student:NOBODY:KES", amount=10**12))
    grace = hire("Grace", "officer")
    asked = allocate_or_request(
        payment_id=Payment.objects.get().pk, account_code="student:S004:KES", actor=grace.actor, reason="Her mother called."
    )
    assert isinstance(asked, Approval)
    assert "1 to approve" in read("viewer")


def test_it_asks_as_much_of_a_busy_school_as_of_an_empty_one(rf, staff):
    request = rf.get("/admin/")
    request.user = staff("officer")
    request.user.has_perm("core.view_exceptionitem")

    def asked():
        with CaptureQueriesContext(connection) as seen:
            overview(request, NOON)
        return len(seen)

    empty = asked()
    a_busy_week()
    sum_accounts()
    assert asked() == empty <= 24


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(as_):
    browser = as_("viewer")
    with time_machine.travel(NOON, tick=False) as clock:
        browser.force_login(browser.get("/admin/").context["user"])
        began = browser.session["seen_at"]
        clock.shift(timedelta(minutes=5))
        browser.get("/admin/", headers={"X-Unattended": "1"})
        assert browser.session["seen_at"] == began
        browser.get("/admin/")
        assert browser.session["seen_at"] == began + 300


def test_a_chart_is_told_in_a_table_as_well(as_):
    owes("S004", 150_000)
    tell(fact("A", amount=7_00))
    count()
    page = as_("viewer").get("/admin/").content.decode()
    assert "a bar for each of 90 days, the highest KES 7.00 on" in page
    [link] = re.findall(r'href="([^"]*when=\d{4}[^"]*)">KES 7.00', unescape(page))
    assert parse_qs(urlsplit(link).query)["kind"] == ["payment"]


def test_numbers_are_said_as_people_say_them():
    assert [duration(seconds) for seconds in (0.0312, 1.26, 45, 300, 9000, 200_000)] == [
        "31 ms",
        "1.26 s",
        "45 s",
        "5 min",
        "2 h",
        "2 days",
    ]
    assert [percent(share) for share in (1, 0.99999, 0.5, 0)] == ["100 %", "99.9 %", "50 %", "0 %"]
    day = datetime(2026, 10, 4, tzinfo=UTC).date()
    assert days(day - timedelta(days=6), day) == "28 September\N{EN DASH}4 October"
