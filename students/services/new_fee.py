from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from core.money import MAX_MINOR
from students.errors import InvalidFee
from students.models import FeeCharge


@dataclass(slots=True)
class NewFee:
    """A fee to charge: `amount_minor` minor units of the school's currency, once for ever under `reference`.

    Raises InvalidFee with a message for each field that is wrong.
    """

    student_id: str
    amount_minor: int
    description: str
    reference: str
    term: str = ""
    due_date: date | None = None
    effective_at: datetime = field(default_factory=timezone.now)
    currency: str = ""

    def __post_init__(self) -> None:
        wrong: dict[str, list[str]] = {}
        self.currency = self.currency or settings.SCHOOL_CURRENCY
        if self.currency != settings.SCHOOL_CURRENCY:
            wrong["currency"] = [f"Fees are charged in {settings.SCHOOL_CURRENCY}."]
        if type(self.amount_minor) is not int or not 0 < self.amount_minor <= MAX_MINOR:
            wrong["amount"] = ["More than zero, and no more than the books carry."]
        for name, text, least in (("description", self.description, 1), ("reference", self.reference, 1), ("term", self.term, 0)):
            if not least <= len(text) <= 200 or not text.isprintable():
                wrong[name] = [f"{least} to 200 printable characters."]
        if wrong:
            raise InvalidFee(fields=wrong)

    def is_charged_as(self, charge: FeeCharge) -> bool:
        """Is `charge` this fee, however its description is worded?"""
        return (self.student_id, self.amount_minor, self.currency) == (
            charge.student.student_id,
            charge.amount_minor,
            charge.currency,
        )
