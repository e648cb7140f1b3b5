"""A page asks a fixed number of questions, however many rows there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.office import charge, lists, pages, payment
from tests.cast import decide_all, deliver, notification

pytestmark = pytest.mark.django_db

SIGNED_IN = 5
"""Session, user, the permissions of the user and of the groups, and the count of open exceptions beside the menu."""
IN_A_LIST = SIGNED_IN + 1
"""And the filters that are saved for it."""
LISTS = {
    "access_apikey": 1,
    "access_approval": 1,
    "access_auditentry": 2,
    "access_gatewaytoken": 1,
    "access_merchant": 1,
    "access_savedfilter": 1,
    "access_user": 1,
    "auth_group": 1,
    "core_exceptionitem": 1,
    "core_inboundevent": 2,
    "core_inboundreject": 1,
    "django_celery_beat_periodictask": 1,
    "ledger_account": 4,
    "ledger_transfer": 1,
    "payments_gatewaystate": 1,
    "payments_order": 1,
    "payments_payment": 1,
    "payments_paymentattempt": 1,
    "payments_paymentroute": 1,
    "students_feecharge": 1,
    "students_student": 2,
}
"""Beyond IN_A_LIST: the rows, what they need from elsewhere; and two counts at most when one page is not enough."""
COUNTS = 2
PAGES = {
    "access_apikey": 1,
    "access_auditentry": 1,
    "access_gatewaytoken": 1,
    "access_merchant": 3,
    "access_user": 2,
    "auth_group": 3,
    "core_exceptionitem": 5,
    "core_inboundevent": 6,
    "core_inboundreject": 2,
    "ledger_account": 5,
    "ledger_transfer": 1,
    "payments_gatewaystate": 1,
    "payments_order": 2,
    "payments_payment": 12,
    "payments_paymentattempt": 2,
    "payments_paymentroute": 1,
    "students_feecharge": 1,
    "students_student": 9,
}
LANDING = 11 + 4 * 3
"""Its figures and its newest payments; and around each of its four parts a transaction with a limit of time."""


def asked(browser, address):
    with CaptureQueriesContext(connection) as questions:
        assert browser.get(address).status_code == 200
    return len(questions)


def test_every_list_and_page_has_its_number(office, as_):
    browser = as_("officer")
    browser.get("/admin/")
    assert {name: asked(browser, url) - IN_A_LIST for name, url in lists().items()} == LISTS
    assert {name: asked(browser, url) - SIGNED_IN for name, url in pages().items()} == PAGES
    assert asked(browser, "/admin/") - SIGNED_IN == LANDING


def test_more_rows_ask_no_more_than_two_counts_more(office, as_):
    browser = as_("officer")
    browser.get("/admin/")
    subject = f"/admin/payments/payment/{payment('TXN_1').public_id}/change/"
    student = "/admin/students/student/S004/change/"
    landing, one, joan = asked(browser, "/admin/"), asked(browser, subject), asked(browser, student)
    deliver(*[notification(f"MORE_{number}", amount=10.0 + number) for number in range(60)])
    deliver(*[notification("TXN_1", amount=50_000.0)] * 20)
    for number in range(15):
        charge("S004", 100, f"Fine {number}")
    decide_all()
    for name in ("payments_payment", "core_inboundevent", "ledger_transfer"):
        assert asked(browser, lists()[name]) - IN_A_LIST <= LISTS[name] + COUNTS
    assert (asked(browser, "/admin/"), asked(browser, subject), asked(browser, student)) == (landing, one, joan)
