from django.db import models
from django.db.models import Q

from core.fields import EncryptedTextField
from core.ids import new_id, public_id


class SavedMethod(models.Model):
    """A way to pay that its owner has kept: a gateway's token and as much of the card as may be seen. Never a card number."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.TextField(help_text="user:…")
    gateway = models.TextField()
    method = models.TextField()
    token = EncryptedTextField()
    token_digest = models.BinaryField()
    brand = models.TextField(blank=True)
    last4 = models.TextField(blank=True)
    exp_month = models.IntegerField(null=True)
    exp_year = models.IntegerField(null=True)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "saved_method"
        ordering = ["-id"]
        indexes = [models.Index(fields=["owner", "id"], name="saved_method_owner", condition=Q(deleted_at__isnull=True))]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "gateway", "token_digest"], condition=Q(deleted_at__isnull=True), name="saved_method_once"
            ),
            models.UniqueConstraint(
                fields=["owner"], condition=Q(is_default=True, deleted_at__isnull=True), name="saved_method_one_default"
            ),
            models.CheckConstraint(condition=Q(last4__regex=r"^([0-9]{4})?$"), name="saved_method_last4"),
        ]

    def __str__(self) -> str:
        return f"{self.brand} {self.last4}".strip() or self.method

    @property
    def public_id(self) -> str:
        return public_id("pm", self.id)
