"""What the school gave up: the student reads that it was, and staff read why. Neither is money received."""

import re
from html import unescape

import pytest
from django.test import Client

from access.models import User
from core.ids import public_id
from ledger.models import Transfer
from ledger.services.adjusting import request_adjustment
from payments.services.allocating import allocate
from students.models import Student
from students.services.cancelling import cancel_fee
from students.services.printed_statement import by_term, movements_of
from students.services.writing_off import write_off
from tests.admin.office import charge, payment
from tests.four_eyes import agree, hire

SECRET = "SECRET: her father has left them."
STUDENT = "/admin/students/student/S004/"
TRANSFER = "/admin/ledger/transfer/{}/change/"


@pytest.fixture
def given_up(office):
    """Joan's debt is written off in part, a fee is cancelled, suspense is allocated to her, and an adjustment made."""
    grace = hire("Grace", "officer")
    said = {"actor": grace.actor, "reason": SECRET}
    charge("S004", 700_00, "Library")
    write_off(student_id="S004", amount_minor=300_00, reference="W-1", **said)
    cancel_fee(reference="S004 Library", **said)
    allocate(payment_id=payment("TXN_2").pk, account_code="student:S004:KES", **said)
    adjusted = {"debit": "income:fees:KES", "credit": "student:S004:KES", "amount_minor": 10_00, "reference": "V-3"}
    agree(request_adjustment(**adjusted, **said), hire("David", "approver"))


def text_of(browser, address):
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def the_transfer(kind):
    return TRANSFER.format(public_id("transfer", Transfer.objects.get(kind=kind).id))


@pytest.mark.usefixtures("given_up")
def test_the_reason_is_on_nothing_that_the_student_reads(as_):
    viewer = as_("viewer")
    printed = text_of(viewer, f"{STUDENT}statement/")
    for memo in ("Written off", "Cancelled: Library", "Payment TXN_2", "Adjustment V-3"):
        assert memo in printed
    user = User.objects.create_user("joan@students.example")
    Student.objects.filter(student_id="S004").update(user=user)
    herself = Client()
    herself.force_login(user)
    lines = herself.get("/api/v1/students/S004/statement")
    assert lines.status_code == 200
    assert {"Written off", "Cancelled: Library", "Payment TXN_2", "Adjustment V-3"} <= {
        line["description"] for line in lines.json()["data"]
    }
    for page in (printed, text_of(viewer, f"{STUDENT}change/"), lines.content.decode()):
        assert "SECRET" not in page


@pytest.mark.usefixtures("given_up")
@pytest.mark.parametrize("kind", ["write_off", "reversal", "adjustment"])
def test_the_transfers_page_says_who_booked_it_and_why(as_, kind):
    address, reader = the_transfer(kind), as_("officer")
    page = text_of(reader, address)
    assert "Why When Who Reason" in page
    assert page.count(SECRET) == 1
    assert "Grace" in page


@pytest.mark.usefixtures("given_up")
def test_only_who_may_read_the_trail_reads_it_there(as_, staff):
    from django.contrib.auth.models import Permission

    person = User.objects.create_user("clerk@makini.example", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_transfer"))
    browser = Client()
    browser.force_login(person)
    assert "SECRET" not in text_of(browser, the_transfer("write_off"))


@pytest.mark.usefixtures("given_up")
def test_an_allocations_page_leads_to_its_payment_where_the_reason_stands(as_):
    officer, paid = as_("officer"), payment("TXN_2")
    answer = officer.get(the_transfer("allocation")).content.decode()
    assert "The payment whose money it moved" in answer
    assert f"/admin/payments/payment/{paid.public_id}/change/" in answer
    assert SECRET in text_of(officer, f"/admin/payments/payment/{paid.public_id}/change/")


@pytest.mark.usefixtures("given_up")
def test_what_was_given_up_is_not_counted_as_paid(as_):
    [one] = by_term(movements_of(Student.objects.get(student_id="S004"))).values()
    # She paid 50,000.00, and 1,000.00 was found in suspense; an adjustment of 10.00 is in her favour.
    assert (one.opening_minor, one.charged_minor, one.paid_minor, one.given_up_minor) == (0, 150_700_00, 51_010_00, 1_000_00)
    assert one.closing_minor == 98_690_00
    viewer = as_("viewer")
    printed = text_of(viewer, f"{STUDENT}statement/")
    assert "Written off or cancelled, not counted as paid KES 1,000.00 Closing balance" in printed
    assert "Closing balance KES 150,700.00 KES 51,010.00 KES 98,690.00" in printed
    table = text_of(viewer, f"{STUDENT}change/")
    assert "Charged Paid Written off or cancelled Owed at its end" in table
    assert "KES 150,700.00 KES 51,010.00 KES 1,000.00 KES 98,690.00" in table


@pytest.mark.usefixtures("office")
def test_where_nothing_was_given_up_nothing_is_said_of_it(as_):
    viewer = as_("viewer")
    assert "Written off" not in text_of(viewer, f"{STUDENT}statement/")
    assert "Term Charged Paid Owed at its end" in text_of(viewer, f"{STUDENT}change/")
