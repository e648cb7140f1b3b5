"""Somebody sends a card number for a student's id. Staff must find out whose money it is, and need four digits for that."""

import pytest

from students.services.enrolling import enroll_student
from tests.admin.desk import about, item_act, read
from tests.admin.office import lists, payment
from tests.cast import decide_all, deliver, notification

pytestmark = pytest.mark.django_db
NUMBER = "4111111111111111"
REFERENCE = "4000000000000002"


@pytest.fixture
def officer(office, as_):
    return as_("officer")


def test_it_stands_nowhere_in_full_when_nobody_has_that_id(officer):
    deliver(notification(REFERENCE, student=NUMBER, amount=750.0))
    decide_all()
    item, paid = about(REFERENCE), payment(REFERENCE)
    pages = [
        "/admin/",
        lists()["payments_payment"],
        lists()["core_exceptionitem"],
        f"/admin/payments/payment/{paid.public_id}/change/",
        f"/admin/core/exceptionitem/{item.public_id}/change/",
        item_act(item, "return"),
        f"{item_act(item, 'allocate')}?account=S004",
    ]
    for page in pages:
        answer = officer.get(page)
        assert answer.status_code == 200
        assert NUMBER not in answer.content.decode(), page
        assert "•••1111" in read(answer), page
    assert REFERENCE in read(officer.get(pages[1]))
    answer = officer.post(f"{lists()['payments_payment']}export/", {"reason": "For the auditor."})
    file = b"".join(answer.streaming_content).decode()
    assert NUMBER not in file
    assert "student:•••1111:KES" in file


def test_staff_who_hold_it_find_the_payment_by_it(officer):
    deliver(notification(REFERENCE, student=NUMBER, amount=750.0))
    decide_all()
    assert REFERENCE in read(officer.get(lists()["payments_payment"], {"q": NUMBER}))


def test_a_student_whose_id_looks_like_one_keeps_it(officer):
    enroll_student(
        student_id=NUMBER, first_name="Una", last_name="Lucky", email="", phone=None, enrollment_status="ACTIVE",
        actor="system:test", reason="Her id happens to be one.",
    )  # fmt: skip
    deliver(notification("TXN_LUCKY", student=NUMBER, amount=750.0))
    decide_all()
    for page in (lists()["payments_payment"], f"/admin/payments/payment/{payment('TXN_LUCKY').public_id}/change/"):
        assert NUMBER in read(officer.get(page))
