"""Two windows, one money: forms that are sent at the same instant over connections of their own."""

from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from access.models import Approval, AuditEntry
from access.services.roles import apply_roles
from ledger.models import Transfer
from ledger.services.balances import balance
from ledger.services.verify import verify
from payments.models import PaymentAttempt
from payments.services.allocating import allocate_or_request
from payments.services.instructing import ask_soon
from tests.admin.desk import WHY, about, big_money, heard_of, item_act, seen_on
from tests.admin.office import furnish
from tests.cast import owed_by
from tests.four_eyes import hire
from tests.payments.shop import a_merchant, an_order, asked_for, settled
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
JOAN = "/admin/students/student/S004/do/"


@pytest.fixture(autouse=True)
def _office(transactional_db, settings):
    settings.STAFF_SECOND_FACTOR = False
    apply_roles()
    furnish()


def window(person):
    browser = Client()
    browser.force_login(person)
    return browser


def send(browser, address, seen):
    return browser.post(address, {"reason": WHY, "seen": seen}).status_code


def sent_at_once(person, address, windows=4):
    """The same form, looked at once, sent from several windows; the statuses of the answers, sorted."""
    browsers = [window(person) for _ in range(windows)]
    seen = seen_on(browsers[0].get(address))
    assert seen
    return sorted(race(*[partial(send, browser, address, seen) for browser in browsers]))


def test_money_is_allocated_once():
    grace = hire("Grace", "officer")
    assert set(sent_at_once(grace, item_act(about("TXN_2"), "allocate") + "?account=S004")) == {302}
    assert (balance("suspense:KES"), owed_by("S004")) == (0, 99_000_00)
    assert AuditEntry.objects.filter(act="payments.allocate").count() == 1
    assert verify() == []


def test_a_fee_is_charged_once():
    grace = hire("Grace", "officer")
    assert set(sent_at_once(grace, f"{JOAN}charge/?amount=50&description=Fine&reference=F-1")) == {302}
    assert owed_by("S004") == 100_050_00
    assert AuditEntry.objects.filter(act="students.charge", actor=grace.actor).count() == 1


def test_a_debt_is_written_off_once():
    grace = hire("Grace", "officer")
    # One that meets the other's change of the debt is asked to look again; none writes off twice.
    assert set(sent_at_once(grace, f"{JOAN}write-off/?amount=50&reference=W-1")) <= {302, 409}
    assert owed_by("S004") == 99_950_00
    assert AuditEntry.objects.filter(act="students.write_off").count() == 1


def test_a_request_is_made_once_and_approved_once():
    grace, david, amani = hire("Grace", "officer"), hire("David", "approver"), hire("Amani", "approver")
    item = big_money()
    assert set(sent_at_once(grace, item_act(item, "allocate") + "?account=S003")) == {302}
    asked = Approval.objects.get()
    address = f"/admin/access/approval/{asked.public_id}/do/approve/"
    windows = [window(person) for person in (david, amani, david, amani)]
    seen = seen_on(windows[0].get(address))
    assert sorted(race(*[partial(send, browser, address, seen) for browser in windows])) == [302, 409, 409, 409]
    assert (balance("suspense:KES"), owed_by("S003")) == (1_000_00, -230_000_00)
    assert Transfer.objects.filter(kind="allocation").count() == 1
    assert AuditEntry.objects.filter(act__in=["access.approve", "payments.allocate"]).count() == 2
    assert verify() == []


def test_of_approving_and_rejecting_one_is_done():
    grace, david, amani = hire("Grace", "officer"), hire("David", "approver"), hire("Amani", "approver")
    asked = allocate_or_request(payment_id=big_money().payment_id, account_code="student:S003:KES", actor=grace.actor, reason=WHY)
    page = f"/admin/access/approval/{asked.public_id}/do/"
    yes, no = window(david), window(amani)
    answers = race(
        partial(send, yes, f"{page}approve/", seen_on(yes.get(f"{page}approve/"))),
        partial(send, no, f"{page}reject/", seen_on(no.get(f"{page}reject/"))),
    )
    assert sorted(answers) == [302, 409]
    asked.refresh_from_db()
    assert balance("suspense:KES") == {"executed": 1_000_00, "rejected": 181_000_00}[asked.status]


def test_a_gateway_is_asked_once_while_its_answer_is_awaited():
    grace, asked = hire("Grace", "officer"), asked_for(an_order(a_merchant()))
    settled(heard_of(asked))
    address = f"/admin/payments/payment/{asked.public_id}/do/ask/"
    questions = PaymentAttempt.objects.filter(payment_id=asked.id, operation="query")
    entries = AuditEntry.objects.filter(act="payments.ask_gateway", target=asked.public_id)
    assert set(sent_at_once(grace, address)) == {302}
    assert (questions.count(), entries.count()) == (1, 1)
    now = timezone.now()
    questions.update(status="sent", sent_at=now, tries=1)
    ask_soon(payment_id=asked.id, actor=grace.actor, reason=WHY)
    assert (questions.count(), entries.count()) == (1, 1)
    questions.update(status="answered", send_after=None, answered_at=now, outcome="pending")
    ask_soon(payment_id=asked.id, actor=grace.actor, reason=WHY)
    assert (questions.count(), entries.count()) == (2, 2), "it may be asked again once it has answered"
    questions.filter(status="prepared").update(send_after=now + timedelta(hours=6))
    ask_soon(payment_id=asked.id, actor=grace.actor, reason=WHY)
    assert (questions.count(), entries.count()) == (3, 3), "one that was put off for hours is no reason to wait"


def test_a_flag_is_accepted_once():
    grace = hire("Grace", "officer")
    assert sent_at_once(grace, item_act(about("TXN_3"), "accept")) == [302, 409, 409, 409]
    assert AuditEntry.objects.filter(act="payments.accept").count() == 1
