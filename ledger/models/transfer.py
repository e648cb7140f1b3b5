from django.db import models
from django.db.models import F, Q

from core.ids import new_id
from ledger.models.account import Account


class Transfer(models.Model):
    """One debit and one credit of the same amount. Immutable, partitioned by month on the id; corrected only by a reversal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    debit_account = models.ForeignKey(Account, models.PROTECT, related_name="debits", db_constraint=False, db_index=False)
    credit_account = models.ForeignKey(Account, models.PROTECT, related_name="credits", db_constraint=False, db_index=False)
    amount_minor = models.BigIntegerField()
    currency = models.TextField()
    kind = models.TextField(help_text="What happened, in a word: fee, payment, refund, reversal, …")
    reference = models.TextField(help_text="The one name of this movement.")
    effective_at = models.DateTimeField(help_text="When it happened; the id says when it was booked.")
    reverses_id = models.UUIDField(null=True, help_text="The transfer that this one mirrors.")
    hold_id = models.UUIDField(null=True, help_text="The hold that this one was posted from.")
    memo = models.TextField(blank=True)

    class Meta:
        db_table = "transfer"
        ordering = ["-id"]
        permissions = [("adjust", "Can ask for adjustments of the books")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transfer_amount"),
            models.CheckConstraint(condition=~Q(debit_account=F("credit_account")), name="transfer_two_accounts"),
            models.CheckConstraint(condition=~Q(kind=""), name="transfer_kind"),
        ]
        indexes = [
            models.Index(fields=["debit_account", "id"], name="transfer_debit"),
            models.Index(fields=["credit_account", "id"], name="transfer_credit"),
            models.Index(fields=["hold_id"], condition=Q(hold_id__isnull=False), name="transfer_hold"),
        ]

    def __str__(self) -> str:
        return self.reference


class TransferReference(models.Model):
    """The references that are taken, for ever: what keeps a movement from being booked twice."""

    reference = models.TextField(primary_key=True)
    transfer_id = models.UUIDField()

    class Meta:
        db_table = "transfer_reference"

    def __str__(self) -> str:
        return self.reference
