from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.fields import EncryptedBytesField
from core.ids import new_id


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def expired(self, at: datetime) -> "IdempotencyKeyQuerySet":
        """Answered, and no longer kept."""
        return self.filter(expires_at__lte=at, status__isnull=False)

    def left_behind(self, at: datetime) -> "IdempotencyKeyQuerySet":
        """In progress for longer than any request lives: the process that worked on them is gone."""
        return self.filter(status=None, lease_until__lte=at)


class IdempotencyKey(models.Model):
    """One intent of one caller, by the caller's own name for it, with the reply it was given. `core.idempotency` alone writes it.

    Committed together with the work, a row always has its reply. Only the row of a call that must reach a gateway inside the
    request is committed before: it holds a lease and no reply while it is in progress.
    """

    KEPT: ClassVar[timedelta] = timedelta(hours=24)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    caller = models.TextField(help_text="Whose key it is: user:…, merchant:…")
    operation = models.TextField(help_text="What it is for, as app.verb: orders.create")
    key = models.TextField()
    fingerprint = models.JSONField(help_text="A keyed digest of each field of the request; the request itself is not kept.")
    target = models.JSONField(default=dict, help_text="What the path named: the id of a payment.")
    status = models.SmallIntegerField(null=True, help_text="The reply's HTTP status; none while the work is in progress.")
    content_type = models.TextField(blank=True)
    body = EncryptedBytesField(null=True)
    lease_until = models.DateTimeField(null=True, help_text="Past this instant a call in progress was left behind.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        db_table = "idempotency_key"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["caller", "operation", "key"], name="idempotency_key_once"),
            models.CheckConstraint(
                condition=Q(status__isnull=False, body__isnull=False, lease_until__isnull=True)
                | Q(status__isnull=True, body__isnull=True, lease_until__isnull=False),
                name="idempotency_key_replied_or_leased",
            ),
            # What may be tried again is not kept, so no row ever says it.
            models.CheckConstraint(
                condition=Q(status__gte=200, status__lt=500) & ~Q(status__in=[401, 429]), name="idempotency_key_definitive"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="idempotency_key_expires"),
            models.Index(fields=["lease_until"], condition=Q(status=None), name="idempotency_key_in_progress"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"

    @property
    def is_in_progress(self) -> bool:
        return self.status is None
