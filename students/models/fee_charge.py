from django.db import models
from django.db.models import Q

from core.ids import new_id
from students.models.student import Student


class FeeCharge(models.Model):
    """A fee that was charged, once for ever under its reference. Immutable, like the transfer it was booked with."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="fees")
    amount_minor = models.BigIntegerField()
    currency = models.TextField()
    description = models.TextField(help_text="What for, as the student reads it.")
    term = models.TextField(blank=True)
    due_date = models.DateField(null=True)
    reference = models.TextField()
    transfer_id = models.UUIDField(help_text="The ledger's transfer.")
    charged_by = models.TextField(help_text="The actor: user:…, system:…")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "fee_charge"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="fee_charge_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="fee_charge_amount"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="fee_charge_currency"),
            models.CheckConstraint(
                condition=~Q(description="") & ~Q(reference="") & ~Q(charged_by=""), name="fee_charge_says_what_and_who"
            ),
        ]

    def __str__(self) -> str:
        return self.reference
