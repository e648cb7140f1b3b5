from collections.abc import Collection
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import EncryptedBytesField
from core.ids import new_id, public_id


class PaymentAttempt(models.Model):
    """One call to a gateway, written before it is made: so whatever dies, what may have been done is known.

    prepared → sent → answered | unknown; prepared and sent → refused when the gateway certainly did nothing. At most one attempt
    of a payment charges, ever: a payer who tries again starts another payment. `number` is for gateways that count.
    """

    class Operation(models.TextChoices):
        CHARGE = "charge", "Charge"
        QUERY = "query", "Query"
        CAPTURE = "capture", "Capture"
        CANCEL = "cancel", "Cancel"
        ACKNOWLEDGE = "acknowledge", "Acknowledge"

    class Status(models.TextChoices):
        PREPARED = "prepared", "Prepared"
        SENT = "sent", "Sent"
        ANSWERED = "answered", "Answered"
        UNKNOWN = "unknown", "Unknown"
        REFUSED = "refused", "Not done"

    HEARD: ClassVar[Collection[str]] = (Status.SENT, Status.UNKNOWN, Status.ANSWERED)
    """The gateway has heard of it, or may have."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.BigIntegerField(
        unique=True, db_default=models.Func(models.Value("payment_attempt_number"), function="nextval")
    )
    payment_id = models.UUIDField()
    gateway = models.TextField()
    operation = models.TextField(choices=Operation.choices)
    amount_minor = models.BigIntegerField(help_text="What it is about, in minor units of the payment's currency.")
    actor = models.TextField(help_text="Who wanted it.")
    status = models.TextField(choices=Status.choices, default=Status.PREPARED)
    tries = models.IntegerField(default=0)
    send_after = models.DateTimeField(null=True, help_text="When it may be sent; NULL once there is nothing to send.")
    prepared_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True, help_text="A stable word: succeeded, pending, insufficient_funds, timeout, …")
    detail = models.TextField(blank=True)
    exchange = EncryptedBytesField(null=True, help_text="What was said over the wire, JSON.")

    class Meta:
        db_table = "payment_attempt"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["payment_id", "id"], name="payment_attempt_payment"),
            models.Index(fields=["send_after"], name="payment_attempt_to_send", condition=Q(status="prepared")),
            models.Index(fields=["sent_at"], name="payment_attempt_out", condition=Q(status="sent")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["prepared", "sent", "answered", "unknown", "refused"]), name="payment_attempt_status"
            ),
            models.CheckConstraint(
                condition=Q(operation__in=["charge", "query", "capture", "cancel", "acknowledge"]),
                name="payment_attempt_operation",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="payment_attempt_amount"),
            models.UniqueConstraint(fields=["payment_id"], condition=Q(operation="charge"), name="payment_attempt_one_charge"),
            models.UniqueConstraint(
                fields=["payment_id", "operation"],
                condition=Q(operation__in=["capture", "cancel", "acknowledge"], status__in=["prepared", "sent"]),
                name="payment_attempt_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.number} of {self.payment_id}: {self.status}"

    @property
    def public_id(self) -> str:
        return public_id("attempt", self.id)
