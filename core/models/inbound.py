"""The inbox: what gateways told us. The door (webhooks.intake) writes, the drain (webhooks.drain) decides.

An event row is never changed. That it still waits is a row in `inbound_pending`, deleted when it is decided; what was decided
is a row in `inbound_outcome`. Moving a narrow row out costs a third less WAL than updating an indexed status, and
the backlog's index stays as small as the backlog.
"""

from datetime import datetime

from django.db import models

from core.fields import EncryptedBytesField
from core.ids import instant_of, new_id


class InboundEventQuerySet(models.QuerySet["InboundEvent"]):
    def with_outcome(self) -> "InboundEventQuerySet":
        """Annotate `verdict` and `reason` (None while the event waits), one index probe a row."""
        outcome = InboundOutcome.objects.filter(event_id=models.OuterRef("pk"))
        return self.annotate(
            verdict=models.Subquery(outcome.values("verdict")[:1]), reason=models.Subquery(outcome.values("reason")[:1])
        )


class InboundEvent(models.Model):
    """One authentic delivery, exactly as it came. Immutable, partitioned by month on the id, its body encrypted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gateway = models.TextField(help_text="Which gateway's door it came through.")
    kind = models.TextField(help_text="Which of that gateway's doors: notification, stk, …")
    body = EncryptedBytesField(help_text="The raw bytes.")
    received_at = models.DateTimeField()

    objects = InboundEventQuerySet.as_manager()

    class Meta:
        db_table = "inbound_event"
        ordering = ["-id"]
        permissions = [
            ("read_body", "Can read raw gateway bodies"),
            ("replay", "Can replay inbound events"),
            ("dismiss", "Can dismiss inbound events"),
            ("export", "Can take lists out as CSV files"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway}/{self.kind} {self.id}"

    @property
    def made_at(self) -> datetime:
        return instant_of(self.id)


class InboundPending(models.Model):
    """An inbound event that waits to be decided."""

    event_id = models.UUIDField(primary_key=True)
    replayed_by = models.TextField(blank=True, db_default="", help_text="The actor who asked for it again; empty the first time.")

    class Meta:
        db_table = "inbound_pending"

    def __str__(self) -> str:
        return str(self.event_id)


class Verdict(models.TextChoices):
    SETTLED = "settled", "Settled"  # it moved money, exactly once
    RECORDED = "recorded", "Recorded"  # it changed or confirmed a state; no money moved
    DUPLICATE = "duplicate", "Duplicate"  # everything it says was known
    QUARANTINED = "quarantined", "Quarantined"  # authentic, stored, unbooked: staff decide
    CONFLICT = "conflict", "Conflict"  # contradicts what is booked: staff decide
    POISON = "poison", "Poison"  # our code failed on it; replay after a fix
    DISMISSED = "dismissed", "Dismissed"  # staff decided that nothing is to be done


class InboundOutcome(models.Model):
    """What was decided about an inbound event. Changed only by a replay or an act of staff. Partitioned as its event is."""

    event_id = models.UUIDField(primary_key=True)
    verdict = models.TextField(choices=Verdict.choices)
    reason = models.TextField(blank=True, help_text="A stable code: why it was not simply settled.")
    detail = models.TextField(blank=True, help_text="In plain words, or the traceback of a poisonous event.")
    payment_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "inbound_outcome"
        indexes = [
            models.Index(fields=["payment_id"], name="inbound_outcome_payment"),
            # What staff look for is rare, and stays found however much has settled since; what settles pays nothing for it.
            models.Index(
                fields=["verdict", "event_id"],
                condition=models.Q(verdict__in=["quarantined", "conflict", "poison", "dismissed"]),
                name="inbound_outcome_for_staff",
            ),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(verdict__in=Verdict.values), name="inbound_outcome_verdict")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.verdict}"


class InboundReject(models.Model):
    """A request the door refused: enough to see an attack or a misconfigured gateway, bounded so that neither fills the disk."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gateway = models.TextField()
    status = models.PositiveSmallIntegerField()
    reason = models.TextField()
    size = models.PositiveBigIntegerField(help_text="Bytes announced or read.")
    sample = EncryptedBytesField(help_text="The first kilobyte.")
    address = models.TextField(blank=True)
    suppressed = models.PositiveIntegerField(default=0, help_text="Like refusals before this one that were only counted.")
    received_at = models.DateTimeField()

    class Meta:
        db_table = "inbound_reject"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.gateway} {self.status} {self.reason}"
