"""The approvals queue: what waits for whom, what would be booked if it were approved now, and who may not decide it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from access import approvals
from access.models import Approval, AuditEntry
from core.admin.addresses import address_of
from ledger.services.adjusting import request_adjustment
from ledger.services.balances import balance
from payments.services.allocating import allocate_or_request
from tests.admin.desk import WHY, big_money, do, read, seen_on, told
from tests.admin.office import lists
from tests.cast import owed_by
from tests.four_eyes import hire

pytestmark = pytest.mark.django_db
BADGE = "how_to_reg</span>"


@pytest.fixture
def wanjiku(office):
    """Asks."""
    return hire("Wanjiku", "officer")


@pytest.fixture
def asked(wanjiku):
    """More than one person may allocate, to Yusuf, who is in credit by KES 50,000.00."""
    item = big_money()
    return allocate_or_request(
        payment_id=item.payment_id, account_code="student:S003:KES", actor=wanjiku.actor, reason="His father sent the message."
    )


def act(approval, name):
    return f"/admin/access/approval/{approval.public_id}/do/{name}/"


def page_of(approval):
    return f"/admin/access/approval/{approval.public_id}/change/"


def listed(browser, query=""):
    return [row.pk for row in browser.get(lists()["access_approval"] + query).context["cl"].result_list]


def adjustment(person, reference, minor=250_000):
    return request_adjustment(
        debit="bank:equity:KES", credit="income:donations:KES", amount_minor=minor, reference=reference, actor=person.actor,
        reason="The alumni paid in.",
    )  # fmt: skip


def late(approval):
    """As if it had been asked for a week ago; what was asked is immutable, so the triggers rest for this."""
    week = timedelta(days=7)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE approval SET requested_at = requested_at - %s, expires_at = expires_at - %s WHERE id = %s",
            [week, week, approval.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_it_shows_before_and_after_and_approving_books_it(asked, as_):
    browser = as_("approver")
    page = read(browser.get(page_of(asked)))
    assert "Allocation Waiting Allocate KES 180,000.00 to student:S003:KES, from suspense." in page
    assert "Wanjiku : His father sent the message." in page
    assert "suspense:KES KES 180,000.00 — KES 181,000.00 KES 1,000.00" in page
    said = told(browser, do(browser, act(asked, "approve"), "I have seen the message."))
    assert "Approved and booked." in said
    asked.refresh_from_db()
    assert asked.status == "executed"
    assert (balance("suspense:KES"), owed_by("S003")) == (1_000_00, -230_000_00)
    entries = AuditEntry.objects.order_by("pk").values_list("act", "reason")
    assert list(entries)[-2:] == [
        ("access.approve", "I have seen the message."),
        ("payments.allocate", "His father sent the message."),
    ]
    done = read(browser.get(page_of(asked)))
    assert "What was decided" in done
    assert asked.result["transfer"] in done
    assert not browser.get(page_of(asked)).context["page"].doors


def test_rejecting_books_nothing_and_is_for_good(asked, as_):
    browser = as_("approver")
    told(browser, do(browser, act(asked, "reject"), "The message is a copy."))
    assert balance("suspense:KES") == 181_000_00
    assert browser.get(act(asked, "approve")).status_code == 409
    assert "The message is a copy." in read(browser.get(page_of(asked)))


def test_the_list_is_what_waits_and_the_badge_what_waits_for_me(asked, as_, staff):
    approver = as_("approver")
    boss = hire("Amani", "approver")
    own = adjustment(boss, "V-1")
    assert listed(approver) == [own.pk, asked.pk]
    assert ">2<" in _menu(approver)
    approver.force_login(boss)
    assert listed(approver, "?asked=others") == [asked.pk]
    assert listed(approver, "?asked=me") == [own.pk]
    assert ">1<" in _menu(approver)
    assert "By You" not in _menu(approver)
    assert BADGE in _menu(as_("officer"))
    assert "bo-count" not in _menu(as_("viewer"))
    late(asked)
    assert listed(approver) == [own.pk]
    assert listed(approver, "?status=expired") == [asked.pk]
    assert "bo-count" not in _menu(approver)


def _menu(browser):
    """The menu's line about approvals."""
    return browser.get("/admin/").content.decode().partition(BADGE)[2].partition("</li>")[0] + BADGE


def test_the_dashboard_leads_here(asked):
    from config.dashboard.attention import attention

    waiting = attention().approvals
    assert waiting is not None
    assert (waiting.count, waiting.rows.url) == (1, f"{lists()['access_approval']}?status=requested")


def test_who_asked_sees_it_and_does_not_decide_it(office, as_, client):
    boss = hire("Amani", "approver")
    own = adjustment(boss, "V-1")
    client.force_login(boss)
    page = client.get(page_of(own))
    assert "You asked for this, so another person decides." in read(page)
    assert [door.label for door in page.context["page"].doors] == ["Withdraw"]
    for name in ("approve", "reject"):
        refused = client.get(act(own, name))
        assert (refused.status_code, seen_on(refused)) == (403, "")
        assert "Nobody decides what they asked for themselves." in read(refused)
        # Whatever else is sent, the service refuses as the page does.
        assert client.post(act(own, name), {"reason": WHY, "seen": "0" * 32}).status_code == 403
    own.refresh_from_db()
    assert (own.status, balance("income:donations:KES")) == ("requested", 0)


def test_the_database_refuses_the_requester_too(office):
    boss = hire("Amani", "approver")
    own = adjustment(boss, "V-1")
    values = {"status": "approved", "approver": boss.actor, "decision_reason": WHY, "decided_at": timezone.now()}
    with pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.filter(pk=own.pk).update(**values)


def test_who_asked_may_withdraw_it_also_too_late(wanjiku, asked, client, as_):
    client.force_login(wanjiku)
    late(asked)
    assert "Nobody decided in time" in read(client.get(page_of(asked)))
    told(client, do(client, act(asked, "withdraw")))
    asked.refresh_from_db()
    assert asked.status == "cancelled"
    other = adjustment(wanjiku, "V-2")
    refused = as_("officer").get(act(other, "withdraw"))
    assert (refused.status_code, "Only who asked for it may withdraw it." in read(refused)) == (403, True)


def test_who_is_a_viewer_by_now_meets_no_button_and_withdraws_nothing(wanjiku, asked, client):
    client.force_login(wanjiku)
    seen = seen_on(client.get(act(asked, "withdraw")))
    wanjiku.groups.set(Group.objects.filter(name="viewer"))
    assert client.get(page_of(asked)).context["page"].doors == []
    entries = AuditEntry.objects.count()
    for answer in (client.get(act(asked, "withdraw")), client.post(act(asked, "withdraw"), {"reason": WHY, "seen": seen})):
        assert answer.status_code == 403
    asked.refresh_from_db()
    assert (asked.status, AuditEntry.objects.count()) == ("requested", entries)


def test_what_came_too_late_is_explained_and_not_approvable(asked, as_):
    browser = as_("approver")
    late(asked)
    page = read(browser.get(page_of(asked)))
    assert "Expired" in page
    assert "Whoever needs it asks again." in page
    refused = browser.get(act(asked, "approve"))
    assert (refused.status_code, "The request has expired: ask again." in read(refused)) == (409, True)


def test_what_can_no_longer_be_done_is_explained_and_not_approvable(asked, as_):
    from ledger.models import Account

    browser = as_("approver")
    seen = seen_on(browser.get(act(asked, "approve")))
    Account.objects.filter(code="student:S003:KES").update(state="closed")
    assert "As things are now it can't be done: student:S003:KES is closed." in read(browser.get(page_of(asked)))
    assert browser.post(act(asked, "approve"), {"reason": WHY, "seen": seen}).status_code == 409
    asked.refresh_from_db()
    assert (asked.status, balance("suspense:KES")) == ("requested", 181_000_00)


def test_an_altered_request_is_explained_and_not_approvable(asked, as_):
    """The database lets nobody alter one; this is what would be said if it had not."""
    browser = as_("approver")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE approval DROP CONSTRAINT approval_digest_is_of_its_payload")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE approval SET digest = repeat('0', 64)")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert "It is no longer what was asked for" in read(browser.get(page_of(asked)))
    refused = do(browser, act(asked, "approve"))
    assert refused.status_code == 409
    assert balance("suspense:KES") == 181_000_00


def test_a_debt_that_changed_meanwhile_is_told_to_who_approves(wanjiku, as_):
    from students.services.writing_off import write_off_or_request
    from tests.admin.office import charge

    asked = write_off_or_request(
        student_id="S004", amount_minor=20_000_00, reference="W-1", actor=wanjiku.actor, reason="She left the country."
    )
    charge("S004", 5_000_00, "Library fine")
    browser = as_("approver")
    page = read(browser.get(page_of(asked)))
    assert "Since it was asked for, things have changed." in page
    assert "KES 85,000.00 stays owed." in page
    told(browser, do(browser, act(asked, "approve")))
    assert owed_by("S004") == 85_000_00


def test_what_was_approved_for_later_is_carried_out_from_its_page(office, as_, monkeypatch):
    from tests.access.painting import LATER, Painting, ask

    paint = Painting()
    monkeypatch.setattr(approvals, "_kinds", {**approvals._kinds})
    approvals.register(LATER, preview=paint.preview, execute=paint.execute, at_once=False)
    person = hire("Wanjiku", "officer")
    asked = ask(person, kind=LATER)
    browser = as_("approver")
    told(browser, do(browser, act(asked, "approve")))
    told(browser, do(browser, act(asked, "carry-out")))
    asked.refresh_from_db()
    assert asked.status == "executed"
    assert paint.done == ["blue"]
    assert do(browser, act(asked, "carry-out")).status_code == 409


def test_every_name_on_the_page_leads_somewhere(asked, as_):
    page = as_("approver").get(page_of(asked)).content.decode()
    assert address_of(asked.requester) in page
    assert address_of(asked.payload["payment"]) in page
