"""A search that finds no more than so many says so: on the list, beside its count, and where the file is taken out."""

import re
from html import unescape

import pytest

from access.models import AuditEntry
from core.admin import owners
from payments.admin import finding
from students.models import student as students
from students.services.enrolling import enroll_student
from tests.admin.office import lists, payment
from tests.cast import decide_all, deliver, notification
from webhooks.admin import inbound_events

pytestmark = pytest.mark.django_db


@pytest.fixture
def triplets(office):
    """Three namesakes with three payments each."""
    for student in ("T1", "T2", "T3"):
        said = {"actor": "system:test", "reason": "Triplets."}
        enroll_student(student_id=student, first_name="Tatu", last_name=f"Triplet{student}", **said)
    deliver(*[notification(f"TRI_{n}", student=f"T{n % 3 + 1}") for n in range(9)])
    decide_all()


@pytest.fixture
def found(triplets, as_):
    """The changelist of a search, and its page's text."""
    browser = as_("officer")

    def search(name, term, **more):
        answer = browser.get(lists()[name], {"q": term, **more})
        assert answer.status_code == 200
        return answer.context["cl"], " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())

    return search


def test_where_no_bound_is_met_nothing_is_said(found):
    for name, term, count in (
        ("payments_payment", "tatu", 9),
        ("payments_payment", "joan", 3),
        ("payments_payment", "T1", 3),
        ("students_student", "tatu", 3),
        ("core_inboundevent", "TXN_1", 3),
    ):
        changelist, page = found(name, term)
        assert (changelist.result_count, changelist.stops_at) == (count, ""), term
        assert "there may be more" not in page


def test_the_newest_payments_of_several_people(found, monkeypatch):
    monkeypatch.setattr(finding, "MOST_OF_SEVERAL", 9)
    assert found("payments_payment", "tatu")[0].stops_at == ""
    monkeypatch.setattr(finding, "MOST_OF_SEVERAL", 5)
    changelist, page = found("payments_payment", "tatu")
    said = "This search stops at the newest 5 payments: narrow it for the rest."
    assert (changelist.result_count, changelist.stops_at) == (5, said)
    assert "5 payments, and there may be more" in page
    assert f"A CSV file of what is found here, all pages of it. {said} What for" in page
    assert page.count(said) == 2
    # A filter narrows what the search has found, and finds no more.
    assert found("payments_payment", "tatu", status="failed")[0].stops_at == said


def test_the_newest_payments_of_each_of_many_people(found, monkeypatch):
    monkeypatch.setattr(finding, "LOOKED_AT", 6)
    monkeypatch.setattr(finding, "LOOKED_AT_OF_EACH", 2)
    changelist, _ = found("payments_payment", "tatu")
    said = "This search stops at the newest 2 payments of each account, 500 in all: narrow it for the rest."
    assert (changelist.result_count, changelist.stops_at) == (6, said)


def test_more_people_than_a_search_follows(found, monkeypatch):
    monkeypatch.setattr(owners, "MOST", 3)
    assert found("payments_payment", "tatu")[0].stops_at == ""
    for most in (2, 1):
        monkeypatch.setattr(owners, "MOST", most)
        changelist, _ = found("payments_payment", "tatu")
        said = f"This search stops at {most} of those who are called so: narrow it for the rest."
        assert (changelist.result_count, changelist.stops_at) == (3 * most, said)


def test_what_was_meant_for_one_account_and_stands_elsewhere(found, monkeypatch):
    deliver(notification("TXN_ELSE", student="S404"))
    decide_all()
    assert found("payments_payment", "S404")[0].result_count == 2
    monkeypatch.setattr(finding, "MOST", 1)
    changelist, _ = found("payments_payment", "S404")
    said = "This search stops at 1 payments that were meant for it and stand elsewhere: narrow it for the rest."
    assert (changelist.result_count, changelist.stops_at) == (1, said)


def test_students_of_one_name(found, monkeypatch):
    monkeypatch.setattr(students, "MOST_NAMESAKES", 2)
    changelist, page = found("students_student", "tatu")
    assert changelist.stops_at == "This search stops at 2 students: narrow it for the rest."
    assert "2 students, and there may be more" in page


def test_events_of_one_payment(found, monkeypatch):
    monkeypatch.setattr(inbound_events, "MOST", 2)
    changelist, page = found("core_inboundevent", "TXN_1")
    assert changelist.result_count == 2
    assert "This search stops at the newest 2 events of a payment: an older one is found by its own id." in page


def test_the_file_has_what_the_list_has(triplets, as_, monkeypatch):
    monkeypatch.setattr(finding, "MOST_OF_SEVERAL", 5)
    answer = as_("officer").post(f"{lists()['payments_payment']}export/?q=tatu", {"reason": "The auditors asked."})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[2] for line in lines[1:]] == [f"TRI_{n}" for n in range(8, 3, -1)]
    assert AuditEntry.objects.latest("id").after == {"filters": {"q": "tatu"}}
    assert payment("TRI_8").public_id in lines[1]
