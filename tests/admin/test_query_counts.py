"""A page asks a fixed number of questions, however many rows there are."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from access.services.api_keys import install_fixed_key
from access.services.gateway_tokens import install_token
from access.services.saved_filters import save_filter
from core.models import InboundReject
from ledger.services.adjusting import request_adjustment
from payments.services.breaking import note_answer
from students.services.enrolling import enroll_student
from tests.admin.desk import acts_of
from tests.admin.doors import addresses
from tests.admin.office import charge, furnish_the_rest, lists, pages, payment
from tests.cast import decide_all, deliver, notification
from tests.four_eyes import hire
from tests.payments.shop import a_merchant, an_order, asked_for

pytestmark = pytest.mark.django_db

SIGNED_IN = 5
"""Session, user, the permissions of the user and of the groups, and the count of open exceptions beside the menu."""
IN_A_LIST = SIGNED_IN + 1
"""And the filters that are saved for it."""
LISTS = {
    "access_apikey": 1,
    "access_approval": 2,
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
    "payments_payment": 2,
    "payments_paymentattempt": 1,
    "payments_paymentroute": 1,
    "students_feecharge": 1,
    "students_student": 2,
}
"""Beyond IN_A_LIST: the rows, what they need from elsewhere; and two counts at most when one page is not enough."""
COUNTS = 2
PAGES = {
    "access_apikey": 1,
    "access_approval": 11,
    "access_auditentry": 2,
    "access_gatewaytoken": 1,
    "access_merchant": 3,
    "access_savedfilter": 1,
    "access_user": 2,
    "auth_group": 3,
    "core_exceptionitem": 5,
    "core_inboundevent": 6,
    "core_inboundreject": 2,
    "django_celery_beat_periodictask": 1,
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
ACTS = {
    "access_approval approve": 13,
    "access_approval reject": 7,
    "core_exceptionitem accept": 2,
    "core_exceptionitem accept many": 1,
    "core_exceptionitem allocate": 13,
    "core_exceptionitem dismiss": 2,
    "core_exceptionitem dismiss many": 1,
    "core_exceptionitem keep": 4,
    "core_exceptionitem replay": 3,
    "core_exceptionitem replay many": 7,
    "core_exceptionitem return": 3,
    "core_inboundevent dismiss": 3,
    "core_inboundevent replay": 5,
    "ledger_account adjust none": 13,
    "ledger_transfer adjust none": 13,
    "payments_payment ask": 1,
    "payments_paymentroute close": 1,
    "payments_paymentroute open": 1,
    "students_feecharge cancel": 10,
    "students_student charge": 8,
    "students_student write-off": 13,
}
"""The page on which each act is looked at, but a withdrawal, which only one person sees."""
OTHERS = {
    "ledger_account_find": 5,
    "ledger_account_trial_balance": 1,
    "search": 10,
    "students_feecharge_import": 0,
    "students_feecharge_import_confirm": 3,
    "students_student_import": 0,
    "students_student_import_confirm": 2,
    "students_student_statement": 2,
}
SEARCHED = {"search": "?s=ali", "ledger_account_find": "?q=ali"}
LANDING = 12 + 4 * 3
"""Its figures and its newest payments; and around each of its four parts a transaction with a limit of time."""


def asked(browser, address):
    with CaptureQueriesContext(connection) as questions:
        assert browser.get(address).status_code == 200
    return len(questions)


@pytest.fixture
def desk(office):
    """Where each act is done, in an office none of whose lists is empty."""
    furnish_the_rest()
    return acts_of(hire("Wanjiku", "officer"))


@pytest.fixture
def officer(as_):
    browser = as_("officer")
    browser.get("/admin/")
    return browser


def test_every_list_and_page_has_its_number_and_keeps_it_with_more_rows(desk, officer):
    def numbers():
        in_lists = {name: asked(officer, url) - IN_A_LIST for name, url in lists().items()}
        return in_lists, {name: asked(officer, url) - SIGNED_IN for name, url in pages().items()}

    assert numbers() == (LISTS, PAGES)
    assert asked(officer, "/admin/") - SIGNED_IN == LANDING
    grow()
    for name, url in lists().items():
        assert len(officer.get(url).context["cl"].result_list) > 1, name
    assert numbers() == (LISTS, PAGES)


def test_the_page_of_every_act_has_its_number_and_keeps_it_with_more_rows(desk, officer, as_):
    approver = as_("approver")
    approver.get("/admin/")
    user = officer.get("/admin/").context["user"]
    others = {name: f"{url}{SEARCHED.get(name, '')}" for name, url in addresses(OTHERS, user).items()}

    def numbers():
        acts = {
            name: asked(officer if "officer" in where.roles else approver, where.address) - SIGNED_IN
            for name, where in desk.items()
            if not where.by
        }
        return acts, {name: asked(officer, url) - SIGNED_IN for name, url in others.items()}

    assert numbers() == (ACTS, OTHERS)
    grow()
    assert numbers() == (ACTS, OTHERS)


def grow(more=3):
    """More rows in every list, and no more than a page of them."""
    said = {"actor": "system:test", "reason": "A school that grows."}
    for number in range(more):
        enroll_student(student_id=f"G{number}", first_name="Joan", last_name=f"Ali {number}", enrollment_status="ACTIVE", **said)
        charge("S004", 1_00, f"Fine {number}")
        shop = a_merchant(f"Shop{number}")
        install_fixed_key(holder=shop, key_id=f"key_{number}", secret=f"secret_{number}_0123456789", **said)
        order = an_order(shop)
        asked_for(order)
        adjust = {"debit": "income:fees:KES", "credit": "student:S004:KES", "amount_minor": 100, "reference": f"G-{number}"}
        request_adjustment(**adjust, **said)
        save_filter(owner=shop.owner, list_name="payments_payment", name="Mine", query="status=failed", shared=True)
        PeriodicTask.objects.create(name=f"task {number}", task="t.a", interval=IntervalSchedule.objects.first())
        Group.objects.create(name=f"role {number}")
        reject = InboundReject.objects.first()
        reject.pk = None
        reject.save()
    for gateway in ("mpesa", "stripe", "upi"):
        note_answer(gateway)
    install_token(gateway="cellulant", token="another-bearer-token")
    deliver(*[notification(f"GROWN_{number}", amount=10.0 + number) for number in range(more)])
    deliver(*[notification(f"LOST_{number}", student="S404", amount=10.0 + number) for number in range(more)])
    decide_all()


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
