from datetime import datetime

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from core.ids import new_id
from ledger.errors import HoldClosed, HoldExceeded
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

    def void(self, amount_minor: int | None = None) -> int:
        """Give back so much, or all that is open; returns how much that was. Raises HoldClosed, HoldExceeded."""
        if not self.open_minor:
            raise HoldClosed(f"Nothing of the hold {self.reference!r} is open any more.")
        amount_minor = self.open_minor if amount_minor is None else amount_minor
        if not 0 < amount_minor <= self.open_minor:
            raise HoldExceeded(f"Only {self.open_minor} minor units are open in the hold {self.reference!r}.")
        self.open_minor -= amount_minor
        self.voided_minor += amount_minor
        self.save(update_fields=["open_minor", "voided_minor"])
        self.refresh_from_db(fields=["state"])
        return amount_minor

    def extend(self, expires_at: datetime) -> None:
        """Raises HoldClosed when nothing is open any more."""
        if not self.open_minor:
            raise HoldClosed(f"Nothing of the hold {self.reference!r} is open any more.")
        self.expires_at = expires_at
        self.save(update_fields=["expires_at"])
