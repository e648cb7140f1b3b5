"""A member of staff charges one fee from the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from students.services.enrolling import enroll_student
from tests.cast import owed_by

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _joan() -> None:
    enroll_student(student_id="S004", first_name="Joan", last_name="Zuria", actor="user:officer", reason="She joined.")


def charge(student: str = "S004", amount: str = "1500.00", reference: str = "LIB-1") -> str:
    out = StringIO()
    call_command("charge_fee", student, amount, "Library", reference=reference, stdout=out)
    return out.getvalue()


def test_it_is_charged_once_under_its_reference():
    assert "S004 is charged KES 1,500.00: LIB-1" in charge()
    charge()
    assert owed_by("S004") == 150_000


@pytest.mark.parametrize(
    "wrong",
    [{"student": "S404"}, {"amount": "lots"}, {"amount": "0.001"}, {"amount": "-5"}, {"amount": "NaN"}, {"reference": ""}],
)
def test_what_is_wrong_is_said_and_nothing_is_charged(wrong: dict[str, str]):
    with pytest.raises(CommandError):
        charge(**wrong)
    assert owed_by("S004") == 0
