from django.db import models
from django.db.models import F, Q

from core.ids import new_id, public_id
from core.money import money
from core.spans import Span
from payments.statuses import Status


class Payment(models.Model):
    """Money on its way to one ledger account. Partitioned by month on the id; kept for ever.

    Its state only rises in rank (a trigger refuses the rest), and only settlement and allocation write
    it once money is involved.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gateway = models.TextField()
    method = models.TextField(help_text="mpesa, card, bank_transfer, cash, upi, wallet")
    status = models.TextField(choices=Status.choices, default=Status.CREATED)
    amount_minor = models.BigIntegerField(help_text="What is to be paid, in minor units; 0 while nobody has said.")
    received_minor = models.BigIntegerField(default=0, help_text="What has been booked, in minor units.")
    currency = models.TextField()
    account = models.TextField(help_text="The ledger account it credits.")
    named_account = models.TextField(
        help_text="The account the payer meant; differs from `account` while the money is in suspense."
    )
    reference = models.TextField(help_text="The gateway reference it is best known by.")
    order_id = models.UUIDField(null=True, help_text="The order it is for, where there is one.")
    status_at = models.DateTimeField(null=True, help_text="When the present state came about, by the gateway's clock.")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, help_text="When its first money was booked, by our clock.")

    class Meta:
        db_table = "payment"
        ordering = ["-id"]
        permissions = [
            ("allocate", "Can allocate money in suspense"),
            ("return_for_refund", "Can mark money to be returned to its payer"),
            ("ask_gateway", "Can ask a gateway how a payment stands"),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="payment_account"),
            models.Index(Span("id"), "amount_minor", "currency", "id", name="payment_amount"),
            # What was meant for an account that did not take it is rare, and stays found by the name the payer gave.
            models.Index(fields=["named_account", "id"], condition=~Q(named_account=F("account")), name="payment_meant_for"),
            models.Index(fields=["order_id", "id"], name="payment_order", condition=Q(order_id__isnull=False)),
            models.Index(fields=["named_account", "id"], name="payment_of_orders", condition=Q(order_id__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="payment_status"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="payment_amount_not_negative"),
            models.CheckConstraint(condition=Q(received_minor__gte=0), name="payment_received_not_negative"),
            models.CheckConstraint(
                condition=Q(received_minor=0, settled_at__isnull=True) | Q(received_minor__gt=0, settled_at__isnull=False),
                name="payment_settled_when_received",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["succeeded", "partially_refunded", "refunded"])
                | Q(received_minor__gte=F("amount_minor")),
                name="payment_succeeded_is_paid",
            ),
            models.CheckConstraint(
                condition=~Q(status="partially_paid") | Q(received_minor__gt=0, received_minor__lt=F("amount_minor")),
                name="payment_partially_paid_is_part",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {money(self.amount_minor, self.currency)} {self.status}"

    @property
    def public_id(self) -> str:
        return public_id("pay", self.id)

    @property
    def in_suspense(self) -> bool:
        return self.account.startswith("suspense:")

    def allocate_to(self, code: str) -> None:
        """Its money has left suspense for this account. The database asks for the transfer that says so: book that first."""
        self.account = code
        self.save(update_fields=["account"])
