"""What the pages say: the truth of the ledger, in staff's words and the school's time."""

from datetime import UTC, datetime

import pytest

from core.admin import shown
from core.ids import public_id
from core.models import ExceptionItem
from ledger.admin.lines import newest_lines
from ledger.models import Account
from ledger.services.balances import balance
from tests.admin.office import charge, event_of, lists, payment
from tests.cast import decide_all, deliver, notification

pytestmark = pytest.mark.django_db
MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def read(office, read):
    """Of a furnished office."""
    return read


def test_a_student_who_owes(read):
    page = read("/admin/students/student/S004/change/")
    assert "Joan Zuria Active S004" in page
    assert "Owes KES 100,000.00 Charged and not yet paid" in page
    assert "Payment — KES 50,000.00 KES 100,000.00" in page
    assert "Tuition KES 150,000.00 — KES 150,000.00" in page
    assert "+254712345678" in page


def test_a_student_who_has_paid_more_than_was_charged(read):
    page = read("/admin/students/student/S003/change/")
    assert "In credit KES 50,000.00" in page
    assert f"{MINUS}KES 50,000.00" in page


def test_a_student_who_is_not_enrolled(read):
    assert "Not enrolled: money that comes is booked, and flagged for staff." in read("/admin/students/student/S002/change/")


def test_a_long_statement_goes_on_on_older_pages(read):
    for number in range(30):
        charge("S004", 100, f"Fine {number:02}")
    newest = read("/admin/students/student/S004/change/")
    assert "Fine 29" in newest
    assert "Older" in newest
    from ledger.models import Transfer

    fifth = Transfer.objects.get(memo="Fine 05")
    older = read(f"/admin/students/student/S004/change/?before={public_id('transfer', fifth.pk)}")
    assert "Fine 04 KES 1.00 — KES 100,005.00" in older
    assert "Newest" in older


def test_a_payment_tells_its_life(read):
    page = read(f"/admin/payments/payment/{payment('TXN_1').public_id}/change/")
    assert "KES 50,000.00 Succeeded" in page
    heard, booked, conflict = (
        page.index("Cellulant sent a notification"),
        page.index("Booked KES 50,000.00"),
        page.index("Conflict"),
    )
    assert heard < booked < conflict
    assert "gateway:cellulant:clearing:KES → student:S004:KES" in page
    assert "transaction TXN_1 KES 50,000.00" in page


def test_money_without_an_owner_stands_in_suspense(read):
    page = read(f"/admin/payments/payment/{payment('TXN_2').public_id}/change/")
    assert "stands in suspense: no open account student:S404:KES takes it" in page
    assert "S404 Suspense" in page


def test_an_inbound_event_tells_what_was_decided_and_why(read):
    page = read(f"/admin/core/inboundevent/{event_of('TXN_1', 'conflict')}/change/")
    assert "Cellulant notification Conflict" in page
    assert "It contradicts what is booked." in page
    assert payment("TXN_1").public_id in page
    assert '"amountPaid": 60000.0' in page


def test_a_body_that_cannot_be_opened_costs_the_page_nothing_else(office, as_):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbound_event SET body = '\\x00ff'")
    page = as_("officer").get(f"/admin/payments/payment/{payment('TXN_1').public_id}/change/").content.decode()
    assert "The stored body can&#x27;t be opened" in page
    assert "Booked" in page
    event = as_("approver").get(f"/admin/core/inboundevent/{event_of('TXN_1', 'settled')}/change/").content.decode()
    assert "The stored body can&#x27;t be opened" in event


def test_an_account_shows_its_balance_and_how_it_came_to_it(office):
    for code in ("student:S004:KES", "gateway:cellulant:clearing:KES", "income:fees:KES", "suspense:KES"):
        account = Account.objects.get(code=code)
        lines = newest_lines(account, before=None, limit=100)
        assert lines[0].balance_minor == balance(code)
        running = 0
        for line in reversed(lines):
            running += account.sign * (line.debit_minor - line.credit_minor)
            assert line.balance_minor == running
        if len(lines) > 1:
            assert newest_lines(account, before=lines[0].id, limit=100) == lines[1:]
            assert newest_lines(account, before=lines[0].id, limit=1) == lines[1:2]


def test_a_transfer_leads_to_the_payment_it_booked(read):
    from ledger.models import Transfer

    transfer = Transfer.objects.get(reference="payment:cellulant:transaction:TXN_1")
    page = read(f"/admin/ledger/transfer/{public_id('transfer', transfer.pk)}/change/")
    assert "The payment whose money it moved" in page
    assert "S004 TXN_1 M-Pesa Succeeded KES 50,000.00" in page


def test_an_exception_says_what_happened_and_shows_the_payment(read):
    from core.models import ExceptionItem

    conflict = ExceptionItem.objects.get(kind="conflict")
    page = read(f"/admin/core/exceptionitem/{public_id('exception', conflict.pk)}/change/")
    assert "Another amount Open The gateway names an amount that contradicts the one known under this reference." in page
    assert (
        "Replayed now, it would conflict again: KES 50,000.00 was known under this reference, the gateway now says KES 60,000.00"
        in page
    )
    assert '"amountPaid": 60000.0' in page
    assert "S004 TXN_1 M-Pesa Succeeded KES 50,000.00" in page


def test_empty_lists_say_what_will_stand_there(db, as_):
    assert b"No payment has come yet." in as_("viewer").get(lists()["payments_payment"]).content
    assert b"Nothing is found under" in as_("officer").get(lists()["payments_payment"] + "?q=x").content


def test_instants_are_the_schools_and_name_utc_when_pointed_at():
    assert shown.instant(datetime(2026, 3, 14, 21, 30, 5, tzinfo=UTC)) == (
        '<time class="bo-instant" datetime="2026-03-14T21:30:05+00:00" title="2026-03-14 21:30:05 UTC">2026-03-15 00:30:05</time>'
    )


def test_what_gateways_and_people_write_is_never_markup(office, as_):
    evil = "<script>alert(1)</script>"
    deliver(notification(evil), notification("TXN_9", student=evil.replace("(", "").replace(")", "")))
    decide_all()
    browser = as_("officer")
    for address in ["/admin/", *lists().values(), f"/admin/payments/payment/{payment(evil).public_id}/change/"]:
        assert evil.encode() not in browser.get(address).content
    assert evil.encode() not in browser.get(lists()["payments_payment"], {"q": evil}).content


def test_half_a_character_from_a_gateway_breaks_no_page(office, as_):
    half = "cut \ud83d"
    events = deliver(notification("TXN_SETTLED", narration=half), notification("TXN_WHOSE", student=half), notification(half))
    decide_all()
    browser = as_("officer")
    items = [f"/admin/core/exceptionitem/{public_id('exception', item.pk)}/change/" for item in ExceptionItem.objects.all()]
    assert payment("TXN_SETTLED").status == "succeeded"
    addresses = [f"/admin/core/inboundevent/{public_id('in', event.pk)}/change/" for event in events]
    for address in [*addresses, *items, f"/admin/payments/payment/{payment('TXN_SETTLED').public_id}/change/"]:
        assert browser.get(address).status_code == 200


def test_a_card_number_in_the_wrong_field_is_cut_where_it_is_told_of(office, as_):
    deliver(notification("TXN_PAN", paymentMethod="4111 1111 1111 1111"), notification("TXN_WHOM", student="4111111111111111"))
    decide_all()
    items = ExceptionItem.objects.all()
    assert not [item.detail for item in items if "1111 1111" in item.detail or "11111111" in item.detail]
    assert [item for item in items if "•••1111" in item.detail]
    page = as_("officer").get(
        f"/admin/core/exceptionitem/{public_id('exception', items.get(detail__contains='paymentMethod').pk)}/change/"
    )
    assert b"4111 1111" not in page.content
    assert b"1111 1111" not in page.content


def test_what_is_not_there_is_said_kindly_beside_the_menu(as_):
    browser = as_("officer")
    for address in (
        "payments/payment/pay_nope/change/",
        "students/student/S999/change/",
        "ledger/account/nope/change/",
        "students/student/%00/change/",
        "ledger/account/%00/change/",
        "nowhere/",
    ):
        answer = browser.get(f"/admin/{address}")
        assert answer.status_code == 404
        assert b"There is no" in answer.content
        assert b"nav-sidebar" in answer.content
