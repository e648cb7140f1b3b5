from collections.abc import Collection
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.ids import new_id, public_id


class ExceptionItemQuerySet(models.QuerySet["ExceptionItem"]):
    def mark(self, status: str, *, actor: str, resolution: str) -> int:
        """Give rows that the caller has locked this status, naming who and what was done. One statement; how many they were."""
        ended = None if status in ExceptionItem.UNSETTLED else timezone.now()
        return self.update(status=status, resolved_by=actor, resolution=resolution, resolved_at=ended)


class ExceptionItem(models.Model):
    """Something a human must look at. One open row for each (kind, subject): seeing it again adds nothing.

    kind says what happened: suspense, quarantine, conflict, poison, flag. `subject` is the public id of what it is about, text.
    An item that is `returning` waits for its money to be sent back: staff have decided, and nothing has left yet.
    """

    class Kind(models.TextChoices):
        SUSPENSE = "suspense", "Suspense"
        QUARANTINE = "quarantine", "Quarantine"
        CONFLICT = "conflict", "Conflict"
        POISON = "poison", "Poison"
        FLAG = "flag", "Flag"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        RETURNING = "returning", "To be returned"
        RESOLVED = "resolved", "Resolved"
        DISMISSED = "dismissed", "Dismissed"

    UNSETTLED: ClassVar[Collection[str]] = (Status.OPEN, Status.RETURNING)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.TextField(choices=Kind.choices)
    reason = models.TextField(help_text="A stable code, e.g. unknown_account.")
    subject = models.TextField()
    payment_id = models.UUIDField(null=True)
    inbound_event_id = models.UUIDField(null=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.TextField(blank=True)
    detail = models.TextField(blank=True, help_text="In plain words.")
    reference = models.TextField(
        blank=True,
        db_default="",
        help_text="What the gateway calls money that is not booked: a receipt, say. No natural key knows it.",
    )
    status = models.TextField(choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.TextField(blank=True, help_text="The actor: user:…")
    resolution = models.TextField(blank=True, help_text="What was done, and the reason given.")

    objects = ExceptionItemQuerySet.as_manager()

    class Meta:
        db_table = "exception_item"
        ordering = ["-id"]
        permissions = [("accept", "Can accept flagged items as they are")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(status="open"), name="exception_item_one_open"),
            models.CheckConstraint(
                condition=Q(kind__in=["suspense", "quarantine", "conflict", "poison", "flag"]),
                name="exception_item_kind",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "returning"], resolved_at__isnull=True)
                | Q(status__in=["resolved", "dismissed"], resolved_at__isnull=False),
                name="exception_item_resolution",
            ),
            models.CheckConstraint(
                condition=Q(status="open") | ~Q(resolved_by="") & ~Q(resolution=""), name="exception_item_says_who_and_what"
            ),
        ]
        indexes = [
            models.Index(fields=["payment_id"], name="exception_item_payment"),
            models.Index(fields=["inbound_event_id"], name="exception_item_inbound"),
            models.Index(fields=["reference", "id"], condition=~Q(reference=""), name="exception_item_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def public_id(self) -> str:
        return public_id("exception", self.id)
