import io
from functools import partial

import pytest
from django.core.management import CommandError, call_command

from access.models import AuditEntry
from ledger.models import Account
from students.errors import ImportRefused
from students.models import Student
from students.services.student_import import apply_students, plan_students
from tests.racing import race

ACT = {"actor": "user:grace", "reason": "New year."}
FILE = (
    b"student_id,first_name,last_name,email,phone,enrollment_status\n"
    b"S001,Zawadi,Imani,Zawadi@Example.com,0712 345 678,\n"
    b"S002,Mohammed,Ali,,+254712345679,inactive\n"
)
pytestmark = pytest.mark.django_db


def errors_of(rows, header="student_id,first_name,last_name,email,phone,enrollment_status\n"):
    return [(error.line, error.column) for error in plan_students((header + rows).encode()).errors]


def test_a_plan_enrolls_nobody():
    assert [(row.line, row.enrolled_already) for row in plan_students(FILE).rows] == [(2, False), (3, False)]
    assert not Student.objects.exists()


def test_applying_enrolls_them_all_with_their_accounts():
    assert apply_students(FILE, **ACT).new == 2

    zawadi, mohammed = Student.objects.order_by("student_id")
    assert (zawadi.name, zawadi.email, zawadi.phone, zawadi.enrollment_status) == (
        "Zawadi Imani",
        "zawadi@example.com",
        "+254712345678",
        "ACTIVE",
    )
    assert (mohammed.email, mohammed.enrollment_status) == (None, "INACTIVE")
    assert dict(Account.objects.filter(owner__startswith="student:").values_list("code", "state")) == {
        "student:S001:KES": "open",
        "student:S002:KES": "review",
    }
    assert AuditEntry.objects.get().target == f"student_import:{plan_students(FILE).digest}"


def test_the_same_file_again_enrolls_nobody():
    apply_students(FILE, **ACT)

    assert apply_students(FILE, **ACT).new == 0
    assert [row.enrolled_already for row in plan_students(FILE).rows] == [True, True]
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("S 1,A,B,,,\n", "student_id"),
        ("S1,,B,,,\n", "first_name"),
        ("S1,A,B,nobody,,\n", "email"),
        ("S1,A,B,,12,\n", "phone"),
        ("S1,A,B,,,EXPELLED\n", "enrollment_status"),
        ("S1,=A1,B,,,\n", "first_name"),
        ("S004,Joanna,Zuria,,,\n", "student_id"),
        ("S1,A,B,JOAN@example.com,,\n", "email"),
    ],
)
def test_each_mistake_is_named_by_line_and_column(joan, row, column):
    assert errors_of(row) == [(2, column)]


def test_an_id_and_an_email_stand_once_in_a_file():
    assert errors_of("S1,A,B,a@example.com,,\nS1,A,B,,,\nS2,C,D,A@example.com,,\n") == [(3, "student_id"), (4, "email")]


def test_one_wrong_row_and_nobody_is_enrolled():
    with pytest.raises(ImportRefused) as refused:
        apply_students(FILE + b"S003,Yusuf,Ali,nobody,,\n", **ACT)

    assert refused.value.fields == {"line 4, email": ["Not an e-mail address."]}
    assert not Student.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_file_applied_twice_at_once_enrolls_each_once():
    answers = race(*[partial(apply_students, FILE, **ACT)] * 2)

    assert sorted(answer.new for answer in answers) == [0, 2]
    assert Student.objects.count() == 2


def test_the_command_only_shows_what_would_be_until_told_to_apply(tmp_path):
    file, out = tmp_path / "new.csv", io.StringIO()
    file.write_bytes(FILE)
    command = partial(call_command, "import_students", str(file), stdout=out, stderr=out)

    command()
    assert out.getvalue().splitlines() == [
        "line 2: enroll S001 Zawadi Imani, ACTIVE",
        "line 3: enroll S002 Mohammed Ali, INACTIVE",
        "2 to enroll, 0 enrolled already, 0 wrong.",
    ]
    assert not Student.objects.exists()

    command("--apply")
    assert out.getvalue().splitlines()[-1] == "Enrolled 2."

    file.write_bytes(b"student_id\nS1\n")
    with pytest.raises(CommandError, match="missing: first_name, last_name"):
        command("--apply")
