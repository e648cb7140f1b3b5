from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from access.errors import KeyAlreadyRotated, KeyNotValid
from access.models.merchant import Merchant
from access.models.user import User
from core.ids import new_id


class Scope(models.TextChoices):
    """What a key may do. A merchant's key holds the merchant's ones, a personal key the wallet's."""

    ORDERS_READ = "orders:read", "Read orders"
    ORDERS_WRITE = "orders:write", "Make orders"
    PAYMENTS_READ = "payments:read", "Read payments"
    PAYMENTS_WRITE = "payments:write", "Start, capture and cancel payments"
    REFUNDS_READ = "refunds:read", "Read refunds"
    REFUNDS_WRITE = "refunds:write", "Ask for refunds"
    WEBHOOKS_READ = "webhooks:read", "Read endpoints, deliveries and events"
    WEBHOOKS_WRITE = "webhooks:write", "Change endpoints, replay deliveries"
    MERCHANT_WRITE = "merchant:write", "Change the merchant's name and address"
    KEYS_WRITE = "keys:write", "Issue, rotate and revoke keys"
    WALLET_READ = "wallet:read", "Read the wallet, its deposits, withdrawals and calls"
    WALLET_WRITE = "wallet:write", "Fund the wallet, withdraw, make calls"


PERSONAL_SCOPES = [Scope.WALLET_READ, Scope.WALLET_WRITE]
MERCHANT_SCOPES = [scope for scope in Scope if scope not in PERSONAL_SCOPES]


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def valid_at(self, instant: datetime) -> "ApiKeyQuerySet":
        """Neither revoked nor expired then."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=instant), revoked_at=None)


class ApiKey(models.Model):
    """A key of a merchant's server, or a personal key of a user. Of its secret only a keyed digest is kept."""

    USE_IS_NOTED_EVERY: ClassVar[timedelta] = timedelta(minutes=1)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key_id = models.TextField(unique=True, help_text="The public half: key_…")
    merchant = models.ForeignKey(Merchant, null=True, on_delete=models.PROTECT, related_name="keys")
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="keys")
    secret_digest = models.BinaryField()
    scopes = ArrayField(models.TextField(choices=Scope.choices))
    label = models.TextField(blank=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="successor")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, help_text="To the minute.")
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        db_table = "api_key"
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        constraints = [
            models.CheckConstraint(
                condition=Q(merchant__isnull=False, user__isnull=True, scopes__contained_by=MERCHANT_SCOPES)
                | Q(merchant__isnull=True, user__isnull=False, scopes__contained_by=PERSONAL_SCOPES),
                name="api_key_one_holder_and_its_scopes",
            ),
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="api_key_may_do_something"),
        ]

    def __str__(self) -> str:
        return self.key_id

    @property
    def holder(self) -> Merchant | User:
        holder = self.merchant or self.user
        if holder is None:
            raise ValueError("the database refuses a key without a holder")
        return holder

    def is_valid_at(self, instant: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or instant < self.expires_at)

    def check_may_rotate(self, at: datetime) -> None:
        """Raises KeyNotValid for a revoked or expired key, KeyAlreadyRotated for one that has a successor."""
        if not self.is_valid_at(at):
            raise KeyNotValid
        if hasattr(self, "successor"):
            raise KeyAlreadyRotated

    def expire(self, at: datetime) -> None:
        """Stop being valid at `at`, or earlier where that was settled before."""
        self.expires_at = min(self.expires_at or at, at)
        self.save(update_fields=["expires_at"])

    def revoke(self, at: datetime) -> None:
        """Stop being valid now and for ever; a second time changes nothing."""
        self.revoked_at = self.revoked_at or at
        self.save(update_fields=["revoked_at"])

    def note_use(self, at: datetime) -> None:
        """Remember the use, to the minute: a busy key costs one write a minute, not one a request."""
        noted_lately = self.last_used_at is not None and self.last_used_at > at - self.USE_IS_NOTED_EVERY
        if not noted_lately:
            self.last_used_at = at
            self.save(update_fields=["last_used_at"])
