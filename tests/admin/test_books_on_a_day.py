"""What the books said at the end of a day: accounts, the trial balance, and what a student is handed on paper."""

import csv
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.models import AuditEntry
from core.admin.shown import school_zone
from core.ids import lowest_id_at
from core.money import to_minor
from ledger.services.accounts import NewAccount, open_accounts
from ledger.services.posting import NewTransfer, post
from ledger.services.trial_balance import trial_balances
from students.models import Student
from students.services.charging import charge_fee
from students.services.enrolling import enroll_student
from students.services.printed_statement import between, by_term, movements_of

pytestmark = pytest.mark.django_db
SAID = {"actor": "system:test", "reason": "The books of the tests."}
TRIAL = "/admin/ledger/account/trial-balance/"
TRANSFERS = "/admin/ledger/transfer/"
CLEARING = "gateway:cellulant:clearing:KES"


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00+03:00").astimezone(UTC)


@pytest.fixture
def joan(db):
    """Two terms; she pays in the first, more than she owes in the second, and something before either."""
    student = enroll_student(student_id="S004", first_name="Joan", last_name="Zuria", email=None, phone=None, **SAID)
    move(CLEARING, student.account_code, 5_00, "2026-01-02")
    for term, day, major in (("2026/1", "2026-01-10", 100), ("2026/2", "2026-05-10", 50)):
        charge_fee(
            student_id="S004", amount_minor=major * 100, description=f"Tuition {term}", reference=f"fee {term}", term=term,
            effective_at=at(day), **SAID,
        )  # fmt: skip
    move(CLEARING, student.account_code, 40_00, "2026-02-01")
    move(CLEARING, student.account_code, 200_00, "2026-06-01")
    return Student.objects.get()


def move(debit: str, credit: str, minor: int, day: str, currency: str = "KES", **known) -> None:
    reference = f"{debit} {credit} {day}"
    post(
        [
            NewTransfer(
                debit=debit,
                credit=credit,
                amount_minor=minor,
                currency=currency,
                kind="receipt",
                reference=reference,
                effective_at=at(day),
                **known,
            )
        ]
    )


@pytest.fixture
def read(as_):
    browser = as_("viewer")

    def page(address):
        answer = browser.get(address)
        assert answer.status_code == 200, address
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())

    return page


@pytest.mark.parametrize(
    ("day", "student", "sum_of_it"),
    [("2026-01-01", "", "0"), ("2026-01-09", "-5", "5"), ("2026-03-01", "55", "100"), ("", "-95", "245")],
)
def test_debits_are_credits_on_every_day(joan, day, student, sum_of_it):
    move("bank:kcb:USD", "suspense:USD", 9_00, "2026-04-01", "USD")
    instant = at(day).replace(hour=20, minute=59) if day else None
    for found in trial_balances(instant):
        assert found.debit_minor == found.credit_minor
    kes = next((one for one in trial_balances(instant) if one.currency == "KES"), None)
    assert (kes.debit_minor if kes else 0) == to_minor(sum_of_it, "KES")
    if kes:
        [book] = [book for book in kes.books if book.name == "student"]
        assert book.debit_minor - book.credit_minor == int(student) * 100


def test_the_trial_balance_says_so_on_the_page_and_in_the_file(joan, as_, read):
    page = read(f"{TRIAL}?as_of=2026-03-01")
    assert "At the end of Sunday, 1 March 2026" in page
    assert "Students (1) Asset KES 55.00 —" in page
    assert f"{CLEARING} Asset KES 45.00 —" in page
    assert "income:fees:KES Income — KES 100.00" in page
    assert "Total Balanced KES 100.00 KES 100.00" in page
    answer = as_("approver").post(f"{TRIAL}export/?as_of=2026-03-01", {"reason": "The auditors asked."})
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
    assert {row["Book"]: (row["Debit"], row["Credit"]) for row in rows} == {
        "student": ("55.00", "0.00"), CLEARING: ("45.00", "0.00"), "income:fees:KES": ("0.00", "100.00"),
    }  # fmt: skip
    assert "trial_balance_2026-03-01.csv" in answer["Content-Disposition"]


def test_each_shared_book_leads_to_the_accounts_in_it(joan, as_):
    """One of each kind of owner; and an account of another currency, which stands in a book of its own."""
    move(CLEARING, "owed:user:u1:KES", 3_00, "2026-02-02")
    move("owed:merchant:m1:KES", CLEARING, 4_00, "2026-02-03")
    move("owed:merchant:m1:USD", "bank:kcb:USD", 9_00, "2026-02-04", "USD")
    open_accounts([NewAccount("merchant:m1:payable:KES"), NewAccount("wallet:w1", currency="KES")])
    move(CLEARING, "merchant:m1:payable:KES", 6_00, "2026-02-05")
    move(CLEARING, "wallet:w1", 7_00, "2026-02-06")
    browser = as_("viewer")
    shared = [book for one in trial_balances() for book in one.books if book.shared]
    assert {book.name for book in shared} == {"student", "wallet", "merchant", "owed"}
    links = dict(re.findall(r'href="(/admin/ledger/account/[?]whose=[^"]+)">([^<]+)<', browser.get(TRIAL).content.decode()))
    assert len(links) == len(shared) == 5
    for book in shared:
        [address] = [link for link in links if f"whose={book.name}&" in link and link.endswith(book.currency)]
        listed = browser.get(unescape(address)).context["cl"].result_list
        assert {(account.code.partition(":")[0], account.currency) for account in listed} == {(book.name, book.currency)}
        assert len(listed) == book.accounts


def test_the_file_takes_the_permission_a_reason_and_an_entry_of_the_trail(joan, as_):
    address, why = f"{TRIAL}export/?as_of=2026-03-01", {"reason": "The auditors asked."}
    people = {role: as_(role) for role in ("viewer", "new", "officer", "approver")}
    for role, offered in (("viewer", False), ("officer", True), ("approver", True)):
        assert (b"Download CSV" in people[role].get(f"{TRIAL}?as_of=2026-03-01").content) == offered
        assert people[role].get(address).status_code == (405 if offered else 403)
    assert {people[role].post(address, why).status_code for role in ("viewer", "new")} == {403}
    officer = people["officer"]
    unsaid = officer.post(address, {"reason": " "})
    assert (unsaid.status_code, unsaid["Location"]) == (302, f"{TRIAL}?as_of=2026-03-01")
    assert officer.get(f"{TRIAL}?format=csv")["Content-Type"].startswith("text/html")
    assert not AuditEntry.objects.filter(act="core.export").exists()
    assert officer.post(address, why).status_code == 200
    entry = AuditEntry.objects.get(act="core.export")
    assert (entry.target, entry.reason, entry.after) == (
        "page:trial_balance", "The auditors asked.", {"filters": {"as_of": "2026-03-01"}},
    )  # fmt: skip
    assert entry.actor.startswith("user:")


@pytest.mark.parametrize("nonsense", ["yesterday", "2026-13-01", "0001-01-01", "9999-12-31", "%00"])
def test_what_is_no_day_is_said_to_be_none(joan, read, nonsense):
    assert "is no day" in read(f"{TRIAL}?as_of={nonsense}")
    assert "is no day" in read(f"/admin/ledger/account/{CLEARING}/change/?as_of={nonsense}")
    assert "was left out" in read(f"/admin/students/student/S004/statement/?from={nonsense}")


def test_an_account_as_it_stood_at_the_end_of_a_day(joan, read):
    page = read("/admin/ledger/account/student:S004:KES/change/?as_of=2026-03-01")
    assert "Balance at the end of 2026-03-01 KES 55.00" in page
    assert "Balance now \N{MINUS SIGN}KES 95.00" in page
    assert "KES 40.00 KES 55.00" in page
    assert "KES 200.00" not in page


def test_transfers_as_they_were_recorded_by_the_end_of_a_day(joan, as_, read):
    """A payment of January that is heard of tomorrow stands in January's balance, and in no list as recorded up to today."""
    today = datetime.now(school_zone()).date()
    browser = as_("officer")
    until_now = browser.get(TRANSFERS).context["cl"].result_count
    tomorrow = lowest_id_at(datetime.now(UTC) + timedelta(days=1))
    move(CLEARING, joan.account_code, 7_00, "2026-01-20", id=tomorrow)
    listed = browser.get(f"{TRANSFERS}?recorded={today}").context["cl"]
    assert (listed.result_count, browser.get(TRANSFERS).context["cl"].result_count) == (until_now, until_now + 1)
    assert browser.get(f"{TRANSFERS}?recorded={today - timedelta(days=1)}").context["cl"].result_list == []
    assert "KES 48.00" in read("/admin/ledger/account/student:S004:KES/change/?as_of=2026-03-01")
    assert f"As it was recorded by the end of {today}. What had happened by then and was recorded later is not here" in read(
        f"{TRANSFERS}?recorded={today}"
    )
    # A bound of the key: nothing is looked at row by row, and the count is exact.
    assert listed.looked_at_in_words == ""


@pytest.mark.parametrize("nonsense", ["yesterday", "2026-13-01", "0001-01-01", "9999-12-31", "%00"])
def test_transfers_up_to_what_is_no_day_are_all_of_them(joan, read, as_, nonsense):
    assert "is no day; this is how it stands now." in read(f"{TRANSFERS}?recorded={nonsense}")
    assert as_("officer").get(f"{TRANSFERS}?recorded={nonsense}").context["cl"].result_count > 0


def test_a_statement_by_term_opens_with_what_the_one_before_closed_with(joan):
    terms = by_term(movements_of(joan))
    assert {name: (one.opening_minor, one.charged_minor, one.paid_minor, one.closing_minor) for name, one in terms.items()} == {
        "": (0, 0, 5_00, -5_00), "2026/1": (-5_00, 100_00, 40_00, 55_00), "2026/2": (55_00, 50_00, 200_00, -95_00),
    }  # fmt: skip


def test_a_statement_between_two_days(joan):
    moved = movements_of(joan)
    found = between(moved, at("2026-01-10"), at("2026-06-01"))
    assert (found.opening_minor, found.charged_minor, found.paid_minor, found.closing_minor) == (-5_00, 150_00, 40_00, 105_00)
    assert [balance for _, balance in found.lines] == [95_00, 55_00, 105_00]
    assert between(moved, None, None).closing_minor == -95_00


def test_the_statement_that_is_printed(joan, read):
    page = read("/admin/students/student/S004/statement/?term=2026/2")
    assert "Makini University Statement of account" in page
    assert "Joan Zuria Student id S004 Period Term 2026/2" in page
    assert "Opening balance KES 55.00" in page
    assert "Closing balance KES 50.00 KES 200.00 \N{MINUS SIGN}KES 95.00" in page
    days = read("/admin/students/student/S004/statement/?from=2026-01-10&until=2026-02-01")
    assert "Opening balance \N{MINUS SIGN}KES 5.00" in days
    assert "Closing balance KES 100.00 KES 40.00 KES 55.00" in days
    assert "By term Term Charged Paid Owed at its end" in read("/admin/students/student/S004/change/")


def test_whoever_has_a_role_may_read_and_nobody_may_write(joan, as_):
    addresses = [TRIAL, "/admin/students/student/S004/statement/"]
    for role, status in (("viewer", 200), ("officer", 200), ("approver", 200), ("new", 403), ("outsider", 302)):
        browser = as_(role)
        assert {browser.get(address).status_code for address in addresses} == {status}, role
    viewer = as_("admin")
    assert {viewer.post(address).status_code for address in addresses} == {403}
    assert viewer.get("/admin/students/student/S999/statement/").status_code == 404


def test_each_asks_a_fixed_number_of_questions(joan, as_):
    browser = as_("viewer")
    addresses = (
        TRIAL,
        f"{TRIAL}?as_of=2026-03-01",
        "/admin/students/student/S004/statement/",
        "/admin/ledger/account/student:S004:KES/change/?as_of=2026-03-01",
    )

    def asked():
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as seen:
                browser.get(address)
            counts.append(len(seen))
        return counts

    asked()
    before = asked()
    for number in range(1, 20):
        move(CLEARING, joan.account_code, 1_00, f"2026-03-{number:02}")
    assert asked() == before
    assert before[0] <= 6


def test_the_trail_is_narrowed_by_who_and_what(office, as_, staff):
    from access.services.audit import record

    browser = as_("viewer")
    grace = staff("officer")
    record(
        actor=grace.actor,
        act="students.charge_fee",
        target="student:S004",
        reason="Late.",
        before={"due": 1, "same": 2},
        after={"due": 3, "same": 2},
    )
    trail = "/admin/access/auditentry/"
    assert len(browser.get(f"{trail}?who={grace.email}").context["cl"].result_list) == 1
    assert len(browser.get(f"{trail}?who={grace.full_name}&act=students.").context["cl"].result_list) == 1
    assert browser.get(f"{trail}?who={grace.email}&act=ledger.").context["cl"].result_list == []
    assert browser.get(f"{trail}?who=nobody%00").status_code == 200
    today = AuditEntry.objects.filter(actor="system:test").count()
    assert len(browser.get(f"{trail}?who=system:test&when=today").context["cl"].result_list) == today > 0
    page = browser.get(
        browser.get(f"{trail}?who={grace.email}").context["cl"].url_for_result(AuditEntry.objects.get(actor=grace.actor))
    ).content.decode()
    assert "<del>1</del>" in page
    assert "<ins>3</ins>" in page
    assert "<del>2</del>" not in page
