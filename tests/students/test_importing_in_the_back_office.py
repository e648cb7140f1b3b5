"""A file is handed in, looked at, and taken exactly as it was looked at, once; all that is wrong is said in plain words."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from access.models import AuditEntry
from core.uploads import LARGEST
from students.models import FeeCharge, Student, Upload
from tests.cast import owed_by
from tests.students.conftest import ACT

pytestmark = pytest.mark.django_db
STUDENTS = "/admin/students/student/import/"
FEES = "/admin/students/feecharge/import/"
WHY = "The new term's intake."
TWO = b"student_id,first_name,last_name,email\nS100,Amina,Odhiambo,amina@example.com\nS101,Brian,Kiptoo,\n"
FEE = b"student_id,amount,description,reference\nS004,50000.00,Tuition,T1-S004\n"


@pytest.fixture(autouse=True)
def _one_factor(settings):
    settings.STAFF_SECOND_FACTOR = False


def someone(role):
    from access.models import User
    from access.services.roles import assign_role

    user = User.objects.create_user(f"{role}@makini.example", full_name=f"Grace the {role}")
    assign_role(user=user, role=role, **ACT)
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def grace(db):
    return someone("officer")


def hand_in(browser, address, contents, name="intake.csv"):
    return browser.post(address, {"file": SimpleUploadedFile(name, contents, "text/csv")})


def text(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode().partition('id="content"')[2])).split())


def confirm(browser, preview, **said):
    return browser.post(preview.request["PATH_INFO"], {"seen": preview.context["looked"].seen, "reason": WHY, **said})


def test_students_are_seen_and_then_taken(grace):
    preview = grace.get(hand_in(grace, STUDENTS, TWO)["Location"])
    assert "New 2 will be taken" in text(preview)
    assert "S100 Amina Odhiambo amina@example.com" in text(preview)
    assert Student.objects.count() == 0
    done = grace.get(confirm(grace, preview)["Location"])
    assert "2 rows of intake.csv were new, and were taken at" in text(done)
    assert set(Student.objects.values_list("student_id", flat=True)) == {"S100", "S101"}
    [entry] = AuditEntry.objects.filter(act="students.enroll")
    assert (entry.reason, entry.after, entry.actor[:5]) == (WHY, {"enrolled": 2}, "user:")
    upload = Upload.objects.get()
    assert entry.target == f"student_import:{upload.digest}"
    assert (upload.contents, upload.taken) == (None, 2)


def test_fees_are_seen_with_their_sum_and_then_charged(grace, joan):
    preview = grace.get(hand_in(grace, FEES, FEE)["Location"])
    assert "In all KES 50,000.00 will be charged" in text(preview)
    assert "S004 Joan Zuria Tuition — — T1-S004 KES 50,000.00" in text(preview)
    confirm(grace, preview)
    assert owed_by("S004") == 50_000_00
    assert FeeCharge.objects.get().charged_by == AuditEntry.objects.get(act="students.charge").actor


def test_a_second_confirmation_and_the_same_file_again_change_nothing(grace, joan):
    preview = grace.get(hand_in(grace, FEES, FEE)["Location"])
    first, second = confirm(grace, preview), confirm(grace, preview)
    assert (first.status_code, second.status_code) == (302, 302)
    assert owed_by("S004") == 50_000_00
    assert AuditEntry.objects.filter(act="students.charge").count() == 1
    again = grace.get(hand_in(grace, FEES, FEE)["Location"])
    assert "New 0 will be taken" in text(again)
    assert "Every row is there already: there is nothing to take." in text(again)
    assert b'name="seen"' not in again.content


def test_what_changed_since_it_was_looked_at_is_looked_at_again(grace, joan):
    from students.services.charging import charge_fee

    preview = grace.get(hand_in(grace, FEES, FEE + b"S004,10.00,Card,T1-CARD\n")["Location"])
    charge_fee(student_id="S004", amount_minor=1000, description="Card", reference="T1-CARD", **ACT)
    answer = confirm(grace, preview)
    assert answer.status_code == 409
    assert "What this file would do has changed since you looked: look at it again." in text(answer)
    assert "There already 1" in text(answer)
    assert owed_by("S004") == 1000
    assert confirm(grace, preview, seen="").status_code == 409
    assert confirm(grace, answer).status_code == 302
    assert owed_by("S004") == 50_010_00


def test_without_a_reason_nothing_is_taken(grace):
    preview = grace.get(hand_in(grace, STUDENTS, TWO)["Location"])
    answer = confirm(grace, preview, reason=" ")
    assert answer.status_code == 422
    assert "Say why" in text(answer)
    assert Student.objects.count() == 0


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("NaN", "A plain number like 50000.00"),
        ("-5", "A plain number like 50000.00"),
        ("1e3", "A plain number like 50000.00"),
        ("10.005", "KES has 2 decimals."),
        ("0.00", "More than zero."),
        ('"50,000.00"', "A plain number like 50000.00"),
        ("9999999999999999", "larger than the books carry"),
    ],
)
def test_a_wrong_amount_is_named_by_line_and_column(grace, joan, amount, said):
    rows = FEE + f"S004,{amount},Library,T1-LIB\nS999,1.00,Lab,T1-LAB\n".encode()
    preview = grace.get(hand_in(grace, FEES, rows)["Location"])
    told = text(preview)
    assert f"3 amount {said}" in told or said in told
    assert "4 student_id There is no such student." in told
    assert "The file is taken as a whole or not at all" in told
    assert b'name="seen"' not in preview.content
    assert confirm(grace, preview).status_code == 422
    assert owed_by("S004") == 0


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (b"", "The file is empty."),
        (b"student_id;first_name;last_name\nS1;A;B\n", "The columns must be separated by commas."),
        (TWO.decode().encode("utf-16"), "The file is UTF-16: save it as CSV in UTF-8."),
        ("student_id,first_name,last_name\nS1,José,B\n".encode("latin-1"), "Line 2 is not UTF-8"),
        (b"student_id,first_name\nS1,A\n", "missing: last_name"),
        (b"PK\x03\x04\x00\x00", "NUL characters"),
        (b"student_id,first_name,last_name\n", "The file has no rows."),
        (b"x" * (LARGEST + 1), "at most 5 MiB"),
    ],
)
def test_a_file_that_is_no_table_is_refused_at_once(grace, contents, said):
    answer = hand_in(grace, STUDENTS, contents)
    assert answer.status_code == 422
    assert said in text(answer)
    assert Upload.objects.count() == 0


def test_a_mark_at_the_beginning_and_formulas_inside(grace):
    assert hand_in(grace, STUDENTS, b"\xef\xbb\xbf" + TWO).status_code == 302
    preview = grace.get(hand_in(grace, STUDENTS, TWO + b"S102,=1+1,B,\n")["Location"])
    assert "4 first_name A cell may not begin with =" in text(preview)


def test_no_file_at_all(grace):
    assert "Choose a CSV file" in text(grace.post(STUDENTS, {}))


def test_a_file_is_its_uploaders_and_its_lists_alone(grace):
    address = hand_in(grace, STUDENTS, TWO)["Location"]
    assert grace.get(address.replace("student/", "feecharge/")).status_code == 404
    assert grace.get(f"{STUDENTS}upload_nope/").status_code == 404
    from access.models import User
    from access.services.roles import assign_role

    other = User.objects.create_user("kim@makini.example", full_name="Kim")
    assign_role(user=other, role="officer", **ACT)
    stranger = Client()
    stranger.force_login(other)
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"seen": "x", "reason": WHY}).status_code == 404
    assert Student.objects.count() == 0


@pytest.mark.parametrize("role", ["viewer", "approver"])
def test_who_may_not_enroll_meets_no_door(role, db):
    browser = someone(role)
    assert b"Import CSV" not in browser.get("/admin/students/student/").content
    for address in (STUDENTS, FEES, f"{STUDENTS}upload_nope/"):
        assert browser.get(address).status_code == 403
        assert hand_in(browser, address, TWO).status_code == 403
    assert Upload.objects.count() == 0


def test_files_that_nobody_confirmed_are_forgotten(grace):
    from datetime import timedelta

    from django.utils import timezone

    hand_in(grace, STUDENTS, TWO)
    Upload.objects.update(created_at=timezone.now() - timedelta(days=2))
    hand_in(grace, STUDENTS, TWO)
    assert Upload.objects.count() == 1
