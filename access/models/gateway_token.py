from datetime import datetime

from django.db import models
from django.db.models import Q

from core.ids import new_id


class GatewayTokenQuerySet(models.QuerySet["GatewayToken"]):
    def standing(self) -> "GatewayTokenQuerySet":
        """Those that hold one of the two slots: valid now, soon, or until lately."""
        return self.filter(slot__isnull=False)


class GatewayToken(models.Model):
    """A token that a gateway without signatures presents: as a bearer, or as a secret part of the path. Kept as a keyed digest.

    While it stands a token holds one of two slots of its gateway and kind, and a unique constraint keeps the slots: so never
    more than two are valid at once, however many rotations meet. A retired token gives its slot back and stays as history.
    """

    class Kind(models.TextChoices):
        BEARER = "bearer", "Bearer"
        PATH = "path", "Secret path"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gateway = models.TextField()
    kind = models.TextField(choices=Kind.choices)
    digest = models.BinaryField()
    slot = models.PositiveSmallIntegerField(null=True, help_text="1 or 2 while it stands, none once retired.")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GatewayTokenQuerySet.as_manager()

    class Meta:
        db_table = "gateway_token"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "kind", "slot"], name="gateway_token_two_at_most"),
            models.UniqueConstraint(fields=["gateway", "kind", "digest"], name="gateway_token_once"),
            models.CheckConstraint(condition=Q(slot__in=[1, 2]), name="gateway_token_slot"),
            models.CheckConstraint(condition=Q(kind__in=["bearer", "path"]), name="gateway_token_kind"),
            models.CheckConstraint(condition=~Q(gateway=""), name="gateway_token_has_a_gateway"),
            models.CheckConstraint(condition=Q(revoked_at=None) | Q(slot=None), name="gateway_token_revoked_stands_no_more"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.kind} {self.id}"

    def is_valid_at(self, instant: datetime) -> bool:
        return self.slot is not None and self.valid_from <= instant and (self.valid_until is None or instant < self.valid_until)

    def end(self, at: datetime) -> None:
        """Stop being valid at `at`, or earlier where that was settled before."""
        self.valid_until = min(self.valid_until or at, at)
        self.save(update_fields=["valid_until"])

    def retire(self) -> None:
        """Give the slot back."""
        self.slot = None
        self.save(update_fields=["slot"])

    def revoke(self, at: datetime) -> None:
        """Stop being valid now and for ever; a second time changes nothing."""
        self.revoked_at, self.slot = self.revoked_at or at, None
        self.save(update_fields=["revoked_at", "slot"])
