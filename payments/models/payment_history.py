from django.db import models

from core.ids import new_id


class Source(models.TextChoices):
    """How a fact reached us. All of them go through the same door."""

    WEBHOOK = "webhook", "Webhook"
    POLL = "poll", "Poll"
    RETURN_PAGE = "return_page", "Return page"
    STAFF = "staff", "Staff"
    STATEMENT = "statement", "Statement"
    OURSELVES = "ourselves", "Bursar"


class PaymentHistory(models.Model):
    """One step in a payment's life, and which fact made it. Immutable, partitioned by month."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment_id = models.UUIDField()
    from_status = models.TextField(blank=True)
    to_status = models.TextField()
    booked_minor = models.BigIntegerField(default=0, help_text="Money this step booked, in minor units.")
    source = models.TextField(choices=Source.choices)
    evidence = models.TextField(help_text="The kind of evidence: notification, stk_callback, …")
    inbound_event_id = models.UUIDField(null=True)
    actor = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    occurred_at = models.DateTimeField(null=True, help_text="By the gateway's clock; it orders the history and decides nothing.")
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "payment_history"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["payment_id", "id"], name="payment_history_payment"),
            # The few that came to nothing are found by when they did; what settles money pays nothing for it.
            models.Index(
                fields=["id"],
                condition=models.Q(to_status__in=["failed", "cancelled", "expired"]),
                name="payment_history_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_status or 'new'} → {self.to_status}"
