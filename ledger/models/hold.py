from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from core.ids import new_id
from ledger.models.account import Account


class Hold(models.Model):
    """Money reserved in a guarded account: amount = posted + voided + expired + open. Without `expires_at` it never expires."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="holds", db_constraint=False, db_index=False)
    currency = models.TextField()
    reference = models.TextField()
    amount_minor = models.BigIntegerField()
    posted_minor = models.BigIntegerField(default=0)
    voided_minor = models.BigIntegerField(default=0)
    expired_minor = models.BigIntegerField(default=0)
    open_minor = models.BigIntegerField()
    state = models.GeneratedField(
        expression=Case(When(open_minor__gt=0, then=Value("open")), default=Value("closed")),
        output_field=models.TextField(choices=State.choices),
        db_persist=True,
    )
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "hold"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="hold_reference_key"),
            models.CheckConstraint(
                condition=Q(amount_minor=F("posted_minor") + F("voided_minor") + F("expired_minor") + F("open_minor")),
                name="hold_equation",
            ),
            models.CheckConstraint(
                condition=Q(
                    amount_minor__gt=0, posted_minor__gte=0, voided_minor__gte=0, expired_minor__gte=0, open_minor__gte=0
                ),
                name="hold_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="hold_account"),
            models.Index(fields=["account"], condition=Q(open_minor__gt=0), name="hold_open"),
            models.Index(fields=["expires_at"], condition=Q(open_minor__gt=0), name="hold_expiry"),
        ]

    def __str__(self) -> str:
        return self.reference
