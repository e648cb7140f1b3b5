"""A list leaves as a CSV file: what it shows and no more, exact, harmless to spreadsheets, by permission, with a trail."""

import asyncio
import csv
import io
import tracemalloc

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.test import AsyncClient, Client

from access.models import AuditEntry
from core.admin import exporting
from tests.admin.office import lists, payment
from tests.cast import decide_all, deliver, notification

pytestmark = pytest.mark.django_db
MORE_STUDENTS = """
INSERT INTO student (id, student_id, first_name, last_name, enrollment_status, created_at, updated_at)
SELECT gen_random_uuid(), 'M' || gen_random_uuid(), 'Many', 'Students', 'ACTIVE', now(), now() FROM generate_series(1, %s)
"""
WHY = {"reason": "The auditors asked."}
EXPORTED = {
    "access_auditentry",
    "core_exceptionitem",
    "core_inboundevent",
    "ledger_transfer",
    "payments_payment",
    "students_student",
}


def rows_of(answer):
    """The file as a spreadsheet reads it."""
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def take(office, as_):
    browser = as_("officer")

    def export(name, query="", **said):
        return browser.post(f"{lists()[name]}export/{query}", said or WHY)

    return export


@pytest.mark.parametrize("name", sorted(EXPORTED))
def test_each_big_list_leaves_whole(take, name, as_):
    rows = rows_of(take(name))
    shown = as_("approver").get(lists()[name]).context["cl"].result_count
    # The trail has got one entry by this very export; the role of the one who looks is another.
    assert len(rows) == shown - (name == "access_auditentry")


def test_the_filters_and_the_search_travel_and_the_page_does_not(take, monkeypatch):
    monkeypatch.setattr(exporting, "PAGE", 2)
    position = f"n.{payment('TXN_1').pk}"
    assert {row["Status"] for row in rows_of(take("payments_payment", f"?status=failed&p={position}"))} == {"failed"}
    assert [row["Reference"] for row in rows_of(take("payments_payment", "?q=TXN_1"))] == ["TXN_1"]
    assert len(rows_of(take("payments_payment"))) == 5


def test_pages_follow_each_other_without_a_gap(take, monkeypatch):
    whole = rows_of(take("ledger_transfer"))
    monkeypatch.setattr(exporting, "PAGE", 1)
    assert rows_of(take("ledger_transfer")) == whole
    assert [row["Student id"] for row in rows_of(take("students_student"))] == ["S002", "S003", "S004"]


def test_amounts_are_exact_and_times_are_utc(take):
    [row] = rows_of(take("payments_payment", "?q=TXN_6"))
    assert (row["Amount"], row["Received"], row["Currency"]) == ("200000.00", "200000.00", "KES")
    assert row["Gateway time"] == "2026-03-14T20:10:00Z"
    [joan] = rows_of(take("students_student", "?q=S004"))
    assert (joan["Owes"], joan["In credit"]) == ("100000.00", "0.00")
    [yusuf] = rows_of(take("students_student", "?q=S003"))
    assert (yusuf["Owes"], yusuf["In credit"]) == ("0.00", "50000.00")


def test_no_cell_is_a_formula(take):
    for evil in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert exporting.spelled(evil).startswith("'")
    deliver(notification("=HYPERLINK(0)"), notification("-2+3", student="S003"))
    decide_all()
    rows = rows_of(take("payments_payment")) + rows_of(take("core_exceptionitem")) + rows_of(take("ledger_transfer"))
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]
    assert "'=HYPERLINK(0)" in cells


def test_what_a_gateway_sent_stays_inside(take):
    text = str(rows_of(take("core_inboundevent")))
    assert "studentId" not in text
    assert "body" not in text.lower()


def test_each_export_leaves_one_entry_that_says_who_what_and_why(take):
    before = AuditEntry.objects.count()
    take("payments_payment", "?status=failed&p=n.1")
    [entry] = AuditEntry.objects.order_by("-id")[: AuditEntry.objects.count() - before]
    assert (entry.act, entry.target, entry.reason) == ("core.export", "list:payments_payment", "The auditors asked.")
    assert entry.after == {"filters": {"status": "failed"}}
    assert entry.actor.startswith("user:")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("q=0712345678&status=succeeded", {"q": "phone …678", "status": "succeeded"}),
        ("q=%2B254%20712%20345%20678", {"q": "phone …678"}),
        ("q=50000", {"q": "50000"}),
        ("when=2026-13-01&status=nonsense&o=3&nothing=x", {}),
        ("when=2026-03-14&method=mpesa", {"when": "2026-03-14", "method": "mpesa"}),
    ],
)
def test_the_entry_names_what_took_effect_and_nobodys_phone(take, asked, said):
    assert take("payments_payment", f"?{asked}").status_code == 200
    assert AuditEntry.objects.latest("id").after == {"filters": said}


def test_without_a_reason_nothing_leaves(take):
    before = AuditEntry.objects.count()
    answer = take("payments_payment", "?status=failed", reason="  ")
    assert (answer.status_code, answer["Location"]) == (302, f"{lists()['payments_payment']}?status=failed")
    assert AuditEntry.objects.count() == before


def test_only_who_may_export_meets_the_button_and_gets_the_file(office, as_):
    for role, allowed in (("viewer", False), ("officer", True), ("approver", True), ("new", False)):
        browser = as_(role)
        assert (b"Download CSV" in browser.get(lists()["payments_payment"]).content) == allowed
        assert browser.post(f"{lists()['payments_payment']}export/", WHY).status_code == (200 if allowed else 403)
        assert browser.get(f"{lists()['payments_payment']}export/").status_code == (405 if allowed else 403)
    assert Client().post(f"{lists()['payments_payment']}export/", WHY).status_code == 302


def test_a_long_list_takes_no_more_memory_than_a_short_one(take, monkeypatch):
    """So a million rows take no more either: neither the rows are kept nor the lines that were made of them."""
    monkeypatch.setattr(exporting, "PAGE", 500)

    def export(rows):
        with connection.cursor() as cursor:
            cursor.execute(MORE_STUDENTS, [rows])
        tracemalloc.start()
        try:
            sizes = [(chunk.count(b"\r\n"), len(chunk)) for chunk in take("students_student").streaming_content]
            return *map(sum, zip(*sizes, strict=True)), tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    rows_of(take("students_student"))
    (few, _, of_few), (many, size, of_many) = export(1_000), export(10_000)
    assert (few, many) == (1 + 3 + 1_000, 1 + 3 + 11_000)
    assert of_many < of_few + size / 2, f"{of_few:,} bytes for {few:,} lines, {of_many:,} for {many:,}, a file of {size:,}"


@pytest.mark.django_db(transaction=True)
def test_under_asgi_it_leaves_page_by_page(office, staff, monkeypatch):
    from access.services.roles import apply_roles

    apply_roles()
    monkeypatch.setattr(exporting, "PAGE", 2)
    browser, officer = AsyncClient(), staff("officer")
    browser.force_login(officer)

    async def fetch():
        answer = await browser.post(f"{lists()['payments_payment']}export/", WHY)
        assert answer.is_async
        chunks = [chunk async for chunk in answer]
        # The thread that read them keeps a connection, which outside of tests the end of the request closes.
        await sync_to_async(connections.close_all)()
        return chunks

    chunks = asyncio.run(fetch())
    assert len(chunks) == 4
    assert b"".join(chunks).count(b"\r\n") == 6


def test_the_form_says_how_much_of_the_list_leaves(office, as_):
    browser = as_("officer")
    whole, found = browser.get(lists()["payments_payment"]), browser.get(lists()["payments_payment"], {"status": "failed"})
    assert b"A CSV file of the whole list." in whole.content
    assert b"A CSV file of what is found here, all pages of it." in found.content
    asked_for_nothing = browser.get(lists()["payments_payment"], {"when": "2026-13-01"})
    assert b"A CSV file of the whole list." in asked_for_nothing.content
    assert b"A CSV file of what this page shows." in browser.get("/admin/ledger/account/trial-balance/").content
