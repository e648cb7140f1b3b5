from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from access.models import AuditEntry, User
from ledger.models import Account
from ledger.services.balances import balances
from students.errors import InvalidStudent, StudentConflict
from students.models import Student
from students.services.enrolling import enroll_many, enroll_student
from students.services.new_student import NewStudent
from tests.racing import overlap, race

ACT = {"actor": "user:grace", "reason": "The term begins."}
ZAWADI = {"student_id": "S001", "first_name": "Zawadi", "last_name": "Imani"}


def test_a_student_and_the_account_of_their_debt_begin_together(db):
    zawadi = enroll_student(**ZAWADI, **ACT)

    assert zawadi.account_code == "student:S001:KES"
    assert balances(owner="student:S001") == {"student:S001:KES": 0}
    assert Account.objects.get(code="student:S001:KES").state == "open"
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.act, entry.target) == ("user:grace", "students.enroll", "student:S001")


def test_a_student_who_begins_inactive_begins_under_review(mohammed):
    assert Account.objects.get(owner=mohammed.owner).state == "review"


def test_enrolling_again_with_the_same_facts_is_the_same_student(joan):
    again = enroll_student(student_id="S004", first_name=" Joan ", last_name="Zuria", email="JOAN@example.com", **ACT)

    assert again.pk == joan.pk
    assert AuditEntry.objects.count() == 1


def test_enrolling_again_leaves_out_facts_and_the_enrollment_status_as_they_are(joan):
    enroll_student(student_id="S004", first_name="Joan", last_name="Zuria", enrollment_status="INACTIVE", **ACT)

    joan.refresh_from_db()
    assert (joan.email, joan.enrollment_status) == ("joan@example.com", "ACTIVE")


@pytest.mark.parametrize(
    "other",
    [
        {"first_name": "Joanna"},
        {"email": "zuria@example.com"},
        {"student_id": "S044"},
        {"student_id": "S044", "email": "Joan@Example.com"},
    ],
)
def test_other_facts_under_the_id_or_anothers_email_are_refused_and_change_nothing(joan, other):
    facts = {"student_id": "S004", "first_name": "Joan", "last_name": "Zuria", "email": "joan@example.com"} | other

    with pytest.raises(StudentConflict):
        enroll_student(**facts, **ACT)
    assert Student.objects.count() == 1
    assert Account.objects.filter(code__startswith="student:").count() == 1


def test_one_user_is_one_student(joan):
    user = User.objects.create_user("joan@example.com")
    enroll_student(**ZAWADI, user=user, **ACT)

    with pytest.raises(StudentConflict):
        enroll_student(student_id="S009", first_name="Another", last_name="Person", user=user, **ACT)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("student_id", ""),
        ("student_id", "S 004"),
        ("student_id", "S:004"),
        ("student_id", "S" * 51),
        ("student_id", "S\x00"),
        ("first_name", "   "),
        ("last_name", "Z" * 101),
        ("last_name", "Zu\nria"),
        ("email", "not an address"),
        ("phone", "12"),
        ("enrollment_status", "active"),
    ],
)
def test_what_is_wrong_is_told_by_field(db, field, value):
    with pytest.raises(InvalidStudent) as refused:
        enroll_student(**{**ZAWADI, field: value}, **ACT)
    assert list(refused.value.fields) == [field]
    assert not Student.objects.exists()


def test_a_schools_own_spelling_of_ids_is_kept(db):
    assert enroll_student(**ZAWADI | {"student_id": "ADM/2023/001"}, **ACT).account_code == "student:ADM/2023/001:KES"


def test_a_phone_is_encrypted_and_found_however_it_is_written(db):
    enroll_student(**ZAWADI, phone="0712 345 678", **ACT)

    with connection.cursor() as cursor:
        cursor.execute("SELECT student::text FROM student")
        assert "712345678" not in cursor.fetchone()[0]
    assert Student.objects.with_phone("+254712345678").get().phone == "+254712345678"
    assert not Student.objects.with_phone("0712345679").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"student_id": "S 1"},
        {"first_name": ""},
        {"email": "Upper@example.com"},
        {"phone": "+254712345678"},
        {"enrollment_status": "EXPELLED"},
    ],
)
def test_the_database_refuses_the_same_without_being_asked_kindly(db, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Student.objects.create(**ZAWADI | wrong)


def test_many_are_enrolled_together_or_not_at_all(joan):
    new = [NewStudent("S005", "John", "Doe"), NewStudent("S006", "Jane", "Doe", email="joan@example.com")]

    with pytest.raises(StudentConflict, match="S006"):
        enroll_many(students=new, batch="student_import:x", **ACT)
    assert Student.objects.get() == joan


def test_enrolling_many_costs_as_many_queries_as_enrolling_a_few(db, django_assert_max_num_queries):
    new = [NewStudent(f"S{number:05}", "John", "Doe") for number in range(2000)]

    with django_assert_max_num_queries(10):
        assert enroll_many(students=new, batch="student_import:x", **ACT).new == 2000
    assert Account.objects.filter(code__startswith="student:").count() == 2000
    assert AuditEntry.objects.get().after == {"enrolled": 2000}


@pytest.mark.django_db(transaction=True)
def test_the_same_student_enrolled_twice_at_once_is_one_student():
    enroll = partial(enroll_student, **ZAWADI, **ACT)

    answers = race(enroll, enroll, enroll)

    assert len({student.pk for student in answers}) == 1
    assert AuditEntry.objects.count() == 1
    assert balances(owner="student:S001") == {"student:S001:KES": 0}


@pytest.mark.django_db(transaction=True)
def test_two_students_with_one_email_at_once_are_one_student_and_one_refusal():
    enroll = [partial(enroll_student, **ZAWADI | {"student_id": name}, email="z@example.com", **ACT) for name in ("S001", "S002")]

    answers = overlap(*enroll)

    assert [type(answer).__name__ for answer in answers] == ["Student", "StudentConflict"]
    assert Account.objects.filter(code__startswith="student:").count() == 1


@pytest.mark.django_db(transaction=True)
def test_batches_claim_ids_in_one_order_so_they_never_wait_in_a_circle():
    one, two = NewStudent("S001", "Zawadi", "Imani"), NewStudent("S002", "Mohammed", "Ali")
    enroll = partial(enroll_many, batch="x", **ACT)

    answers = overlap(partial(enroll, students=[one]), partial(enroll, students=[two, one]), then=partial(enroll, students=[two]))

    assert [answer.new for answer in answers] == [1, 0]
    assert Student.objects.count() == 2
