from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from access.models import User
from core.phones import InvalidPhone, e164
from ledger import chart
from students.errors import InvalidStudent
from students.models import Student


@dataclass(slots=True)
class NewStudent:
    """A student to enroll, tidied: names without spaces around them, e-mail in lower case, phone as E.164.

    `enrollment_status` is where a new student begins. Raises InvalidStudent with a message for each field that is wrong.
    """

    student_id: str
    first_name: str
    last_name: str
    enrollment_status: str = Student.Enrollment.ACTIVE
    email: str | None = None
    phone: str | None = None
    user: User | None = None

    def __post_init__(self) -> None:
        wrong: dict[str, list[str]] = {}
        if not chart.fits(self.student_id):
            wrong["student_id"] = ["1 to 50 characters, without spaces and colons."]
        self.first_name, self.last_name = self.first_name.strip(), self.last_name.strip()
        for field, name in (("first_name", self.first_name), ("last_name", self.last_name)):
            if not 0 < len(name) <= 100 or not name.isprintable():
                wrong[field] = ["1 to 100 printable characters."]
        if self.enrollment_status not in Student.Enrollment.values:
            wrong["enrollment_status"] = ["ACTIVE or INACTIVE."]
        self.email = (self.email or "").strip().lower() or None
        self.phone = (self.phone or "").strip() or None
        try:
            if self.email:
                validate_email(self.email)
        except ValidationError:
            wrong["email"] = ["Not an e-mail address."]
        try:
            if self.phone:
                self.phone = e164(self.phone)
        except InvalidPhone as invalid:
            wrong["phone"] = [invalid.detail]
        if wrong:
            raise InvalidStudent(fields=wrong)

    def is_enrolled_as(self, student: Student) -> bool:
        """Are the facts given here, enrollment status aside, the facts of `student`?"""
        facts = [
            (self.first_name, student.first_name),
            (self.last_name, student.last_name),
            (self.email, student.email),
            (self.phone, student.phone),
            (self.user and self.user.pk, student.user_id),
        ]
        return all(given is None or given == kept for given, kept in facts)
