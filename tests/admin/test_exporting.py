"""A list leaves as a CSV file: what it shows and no more, exact, harmless to spreadsheets, by permission, with a trail."""

import asyncio
import csv
import io

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient, Client

from access.models import AuditEntry
from core.admin import exporting
from tests.admin.office import lists, payment
from tests.cast import decide_all, deliver, notification

pytestmark = pytest.mark.django_db
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
