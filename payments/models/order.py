from datetime import datetime

from django.db import models
from django.db.models import Q

from access.models import Merchant
from core.fields import EncryptedTextField
from core.ids import new_id, public_id


class Order(models.Model):
    """What a merchant wants to be paid for, once: the first payment that succeeds pays it, any later one is to be given back.

    created → paid | cancelled | expired; expired and cancelled → paid on a gateway's fact (a trigger refuses the rest).
    `bill_reference` is what a payer types at a till or reads on a prompt; `client_secret` lets a browser pay this one order.
    """

    class Status(models.TextChoices):
        CREATED = "created", "Created"
        PAID = "paid", "Paid"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="orders")
    amount_minor = models.BigIntegerField()
    currency = models.TextField()
    account = models.TextField(help_text="The ledger account that its payment credits.")
    receipt = models.TextField(blank=True, help_text="The merchant's own name for it.")
    notes = models.JSONField(default=dict)
    bill_reference = models.TextField(unique=True)
    client_secret = EncryptedTextField(help_text="Shown to the merchant, handed to the payer's browser.")
    client_secret_digest = models.BinaryField(unique=True)
    status = models.TextField(choices=Status.choices, default=Status.CREATED)
    paid_payment_id = models.UUIDField(null=True, help_text="The payment that paid it; set once.")
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True, help_text="When it was cancelled or expired.")

    class Meta:
        db_table = "orders"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["merchant", "id"], name="orders_merchant"),
            models.Index(fields=["expires_at"], name="orders_open", condition=Q(status="created")),
            models.Index(fields=["merchant", "receipt"], name="orders_receipt", condition=~Q(receipt="")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gte=1), name="orders_amount"),
            models.CheckConstraint(condition=Q(status__in=["created", "paid", "cancelled", "expired"]), name="orders_status"),
            models.CheckConstraint(
                condition=Q(status="paid", paid_payment_id__isnull=False, paid_at__isnull=False)
                | (~Q(status="paid") & Q(paid_payment_id__isnull=True, paid_at__isnull=True)),
                name="orders_paid_by_a_payment",
            ),
            models.UniqueConstraint(fields=["paid_payment_id"], name="orders_one_payment_pays_one"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.status}"

    @property
    def public_id(self) -> str:
        return public_id("order", self.id)

    def is_open_at(self, instant: datetime) -> bool:
        """May a payment for it still be started?"""
        return self.status == self.Status.CREATED and instant < self.expires_at

    def close(self, status: "Order.Status", at: datetime) -> None:
        """Cancel or expire it; the caller holds its lock and has seen that it is open."""
        self.status, self.closed_at = status, at
        self.save(update_fields=["status", "closed_at"])
