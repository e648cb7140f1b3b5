import re

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower

from access.models import User
from core.bounds import stopping_at
from core.fields import EncryptedTextField
from core.ids import new_id
from core.phones import e164, phone_digest
from ledger import chart


def _words_of(column: str) -> Func:
    """PostgreSQL takes `St.Clair` for the name of a host, and `Jean-Pierre` for one word more than we do."""
    return Func(F(column), Value("./-_@:"), Value("      "), function="translate", output_field=models.TextField())


_NAME = SearchVector(_words_of("first_name"), _words_of("last_name"), config="simple")
"""The words of a name, as the index holds them: in lower case, and in no language's grammar."""
MOST_NAMESAKES = 1000
_WORD = re.compile(r"[\W_]+")


class StudentQuerySet(models.QuerySet["Student"]):
    def visible_to(self, user: User | AnonymousUser) -> "StudentQuerySet":
        """All of them for staff who may view students; for any other user the student they are."""
        if not user.is_authenticated:
            return self.none()
        return self.all() if user.is_staff and user.has_perm("students.view_student") else self.filter(user=user)

    def of_person(self, user: User) -> "StudentQuerySet":
        """The student they are themselves, staff or not."""
        return self.filter(user=user)

    def with_phone(self, number: str) -> "StudentQuerySet":
        """Whose phone this is, however it is written. Raises InvalidPhone."""
        return self.filter(phone_digest=phone_digest(e164(number)))

    def called(self, name: str) -> "StudentQuerySet":
        """In whose names each of these words begins a word, in any order; of very many namesakes the first that are met.

        So many are bounded because an index of words knows no order: `j` would have most of a school sorted for one page.
        """
        words = [word for word in _WORD.split(name.lower())[:12] if word]
        if not words:
            return self.none()
        query = SearchQuery(" & ".join(f"{word}:*" for word in words), config="simple", search_type="raw")
        found = self.annotate(_name=_NAME).filter(_name=query).order_by()
        keys = list(found.values_list("pk", flat=True)[: MOST_NAMESAKES + 1])
        met = f"{MOST_NAMESAKES:,} students" if len(keys) > MOST_NAMESAKES else ""
        return stopping_at(self.filter(pk__in=keys[:MOST_NAMESAKES]), met)  # type: ignore[return-value] # the rows are its own


class Student(models.Model):
    """Who owes fees. The balance is the ledger's, under `account_code`; never a column here."""

    class Enrollment(models.TextChoices):
        ACTIVE = "ACTIVE", "Active"
        INACTIVE = "INACTIVE", "Inactive"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    student_id = models.TextField(help_text="The school's own id: S004")
    first_name = models.TextField()
    last_name = models.TextField()
    enrollment_status = models.TextField(choices=Enrollment.choices, default=Enrollment.ACTIVE)
    email = models.EmailField(null=True)
    phone = EncryptedTextField(null=True, help_text="E.164")
    phone_digest = models.BinaryField(null=True, db_index=True)
    user = models.OneToOneField(User, null=True, on_delete=models.PROTECT, related_name="student")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = StudentQuerySet.as_manager()

    class Meta:
        db_table = "student"
        ordering = ["student_id"]
        permissions = [
            ("enroll", "Can enroll students and change their enrollment"),
            ("charge", "Can charge fees"),
            ("cancel_fee", "Can cancel fees that were charged in error"),
            ("write_off", "Can write off what students owe"),
        ]
        constraints = [
            # Constraints, because unique=True on a text would bring a second index, for LIKE.
            models.UniqueConstraint(fields=["student_id"], name="student_id_key"),
            models.UniqueConstraint(fields=["email"], name="student_email_key"),
            # The same characters that the codes of ledger accounts may hold.
            models.CheckConstraint(
                condition=Q(student_id__regex=r"^[^:[:space:][:cntrl:]]{1,50}$"), name="student_id_fits_a_code"
            ),
            models.CheckConstraint(
                condition=Q(first_name__regex=r"^.{1,100}$", last_name__regex=r"^.{1,100}$"), name="student_has_names"
            ),
            models.CheckConstraint(condition=Q(enrollment_status__in=["ACTIVE", "INACTIVE"]), name="student_enrollment"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="student_email_lower_case"),
            models.CheckConstraint(
                condition=Q(phone__isnull=True, phone_digest__isnull=True) | Q(phone__isnull=False, phone_digest__isnull=False),
                name="student_phone_can_be_found",
            ),
        ]
        indexes = [GinIndex(_NAME, name="student_name")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.name}"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def owner(self) -> str:
        """How this student is named in account codes, events and the audit trail."""
        return f"student:{self.student_id}"

    @property
    def account_code(self) -> str:
        """The account of what this student owes, in the school's currency."""
        return chart.student(self.student_id, settings.SCHOOL_CURRENCY)

    @property
    def is_active(self) -> bool:
        return self.enrollment_status == self.Enrollment.ACTIVE

    def change_enrollment(self, status: str) -> None:
        self.enrollment_status = status
        self.save(update_fields=["enrollment_status", "updated_at"])
