from django.db import models

from access.models.user import User
from core.ids import new_id, public_id


class Merchant(models.Model):
    """Who sells through us: takes orders with its keys, hears by webhooks, is paid out of its own ledger account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.TextField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="merchants")
    email = models.EmailField(help_text="Where we write to about payouts and failing endpoints.")
    is_active = models.BooleanField(default=True, help_text="The keys of an inactive merchant are refused.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "merchant"
        constraints = [models.CheckConstraint(condition=~models.Q(name=""), name="merchant_has_a_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public_id("merchant", self.id)

    @property
    def actor(self) -> str:
        """How this merchant is named as an actor: in audit rows, events, idempotency keys."""
        return f"merchant:{self.id}"
