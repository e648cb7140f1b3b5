from django.db import models
from django.db.models import Q

from core.fields import EncryptedTextField


class PaymentRequest(models.Model):
    """A payment that we asked for, beside its Payment row: who asked, by which method, and when to ask the gateway again.

    `details` is what the payer gave (a phone, a VPA, a token), `shown` as much of it as may be seen. `payer_action` is what the
    payer has to do now. `next_poll_at` is NULL when nothing is left to ask.
    """

    class Capture(models.TextChoices):
        AUTOMATIC = "automatic", "At once"
        MANUAL = "manual", "On demand"

    payment_id = models.UUIDField(primary_key=True, editable=False)
    caller = models.TextField(help_text="Who asked for it: merchant:…, user:…, staff:…")
    order = models.ForeignKey("payments.Order", null=True, on_delete=models.PROTECT, related_name="requests")
    gateway = models.TextField()
    method = models.TextField()
    bill_reference = models.TextField()
    description = models.TextField(blank=True)
    capture = models.TextField(choices=Capture.choices, default=Capture.AUTOMATIC)
    details = EncryptedTextField(help_text="JSON.")
    shown = models.JSONField(default=dict)
    payer_action = EncryptedTextField(null=True, help_text="JSON.")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    next_poll_at = models.DateTimeField(null=True)
    polls = models.IntegerField(default=0)

    class Meta:
        db_table = "payment_request"
        ordering = ["-payment_id"]
        indexes = [
            models.Index(fields=["bill_reference"], name="payment_request_bill"),
            models.Index(fields=["next_poll_at"], name="payment_request_due", condition=Q(next_poll_at__isnull=False)),
            models.Index(fields=["caller", "payment_id"], name="payment_request_caller"),
            models.Index(fields=["order", "payment_id"], name="payment_request_order", condition=Q(order__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(capture__in=["automatic", "manual"]), name="payment_request_capture"),
            models.CheckConstraint(condition=Q(polls__gte=0), name="payment_request_polls"),
        ]

    def __str__(self) -> str:
        return f"{self.method} by {self.gateway} for {self.payment_id}"
