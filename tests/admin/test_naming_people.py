"""A person is called by name wherever they have done something, and never by the id that the rows know them by."""

import re

import pytest

from students.models import FeeCharge
from students.services.charging import charge_fee
from tests.admin.desk import WHY, about, do, item_act, read
from tests.admin.office import lists, payment

pytestmark = pytest.mark.django_db
UUID = re.compile(r"user:[0-9a-f]{8}-")


@pytest.fixture
def officer(office, as_):
    return as_("officer")


def test_whoever_resolved_an_exception_is_named_there_and_on_the_payment(officer):
    item = about("TXN_3")
    assert do(officer, item_act(item, "accept")).status_code == 302
    for page in (f"/admin/core/exceptionitem/{item.public_id}/change/", payment_page("TXN_3")):
        text = read(officer.get(page))
        assert "By Violet the officer" in text
        assert WHY in text
        assert not UUID.search(text)


def test_whoever_allocated_money_is_named_in_the_payments_life(officer):
    assert do(officer, f"{item_act(about('TXN_2'), 'allocate')}?account=S004").status_code == 302
    text = read(officer.get(payment_page("TXN_2")))
    assert text.count("By Violet the officer") >= 2
    assert not UUID.search(text)


def test_whoever_charged_a_fee_is_named(officer, staff):
    approver = staff("approver")
    charge_fee(
        student_id="S004", amount_minor=100, description="Fine", reference="F-9", actor=approver.actor, reason="A book was late."
    )
    fee = FeeCharge.objects.get(reference="F-9")
    from config.urls import admin

    text = read(officer.get(admin.site._registry[FeeCharge].url_of(fee)))
    assert "By Violet the approver" in text
    assert not UUID.search(text)


def test_the_trail_names_them_in_what_changed_too(officer, staff):
    from access.models import AuditEntry
    from access.services import audit

    approver = staff("approver")
    audit.record(
        actor=approver.actor,
        act="access.approve",
        target="student:S004",
        reason=WHY,
        before={"by": approver.actor},
        after={"by": "S004"},
    )
    entry = AuditEntry.objects.order_by("-pk")[0]
    from config.urls import admin

    text = read(officer.get(admin.site._registry[AuditEntry].url_of(entry)))
    assert text.count("Violet the approver") == 2
    assert "Joan Zuria" in text
    assert not UUID.search(text)


def test_the_file_of_exceptions_has_names_beside_ids(officer):
    item = about("TXN_3")
    do(officer, item_act(item, "accept"))
    answer = officer.post(f"{lists()['core_exceptionitem']}export/?status=resolved", {"reason": "For the auditor."})
    head, row = b"".join(answer.streaming_content).decode().splitlines()[:2]
    assert "By,Name,What was done" in head
    assert re.search(r"user:[0-9a-f-]{36},Violet the officer,", row)


def payment_page(reference):
    return f"/admin/payments/payment/{payment(reference).public_id}/change/"
