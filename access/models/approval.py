from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Func, Q

from access.errors import ApprovalClosed, ApprovalExpired
from core.ids import new_id, public_id


class ApprovalDigest(Func):
    """SHA-256 over kind and payload, in hex; the database alone spells a payload canonically (`approval_digest`)."""

    function = "approval_digest"
    output_field = models.TextField()


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def waiting(self, at: datetime) -> "ApprovalQuerySet":
        """Asked for, not decided, and not too late to decide."""
        return self.filter(status=Approval.Status.REQUESTED, expires_at__gt=at)

    def expired(self, at: datetime) -> "ApprovalQuerySet":
        """Nobody decided, or carried it out, in time."""
        return self.filter(status__in=[Approval.Status.REQUESTED, Approval.Status.APPROVED], expires_at__lte=at)


class Approval(models.Model):
    """What one person asks for and another decides: exactly this payload, once, while it has not expired.

    The database holds the rules: what was asked never changes, the approver is another person who holds the permission, there is
    one decision and one execution, and no row is ever removed. Written by `access.approvals` alone.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", "Waiting"
        APPROVED = "approved", "Approved"
        EXECUTED = "executed", "Done"
        REJECTED = "rejected", "Rejected"
        CANCELLED = "cancelled", "Withdrawn"

    LONGEST: ClassVar[timedelta] = timedelta(days=30)
    """No request may wait longer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.TextField(help_text="What is to be done, as app.verb: payments.allocate")
    payload = models.JSONField(help_text="All that it takes to do it; `transfer` is what would be booked.")
    digest = models.TextField(help_text="SHA-256 over kind and payload, in hex.")
    summary = models.TextField(help_text="What was asked for, in the words that the requester saw.")
    permission = models.TextField(help_text="What an approver must hold: access.approve")
    requester = models.TextField(help_text="The actor who asks: user:…, merchant:…, system:…")
    reason = models.TextField(help_text="Why it is asked for.")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.TextField(choices=Status.choices, default=Status.REQUESTED)
    approver = models.TextField(null=True, help_text="The actor who approved or rejected it: user:…")
    decision_reason = models.TextField(blank=True, help_text="Why it was approved, rejected or withdrawn.")
    decided_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True, help_text="What came of it, by public ids.")

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        db_table = "approval"
        ordering = ["-id"]
        permissions = [
            ("approve", "Can approve what another person asks for"),
            ("withdraw", "Can withdraw what they have asked for"),
        ]
        indexes = [
            models.Index(fields=["digest"], condition=Q(status__in=["requested", "approved"]), name="approval_open"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(approver__isnull=True) | ~Q(approver=F("requester")), name="approval_two_people"),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "executed"]) | Q(approver__isnull=False), name="approval_has_an_approver"
            ),
            models.CheckConstraint(
                condition=Q(digest=ApprovalDigest(F("kind"), F("payload"))), name="approval_digest_is_of_its_payload"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "approved", "executed", "rejected", "cancelled"]), name="approval_status"
            ),
            models.CheckConstraint(
                condition=Q(status="requested", approver__isnull=True, decided_at__isnull=True, decision_reason="")
                | Q(status="cancelled", approver__isnull=True, decided_at__isnull=False) & ~Q(decision_reason="")
                | ~Q(status__in=["requested", "cancelled"])
                & Q(approver__isnull=False, decided_at__isnull=False)
                & ~Q(decision_reason=""),
                name="approval_decided",
            ),
            models.CheckConstraint(
                condition=Q(status="executed", executed_at__isnull=False)
                | ~Q(status="executed") & Q(executed_at__isnull=True, result__isnull=True),
                name="approval_executed",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("requested_at"), expires_at__lte=F("requested_at") + timedelta(days=30)),
                name="approval_expires",
            ),
            models.CheckConstraint(
                condition=~Q(kind="") & ~Q(requester="") & ~Q(reason="") & ~Q(summary=""), name="approval_says_who_what_and_why"
            ),
            # Only a verb of approving makes an approver, whatever a caller writes here.
            models.CheckConstraint(condition=Q(permission__regex=r"^[a-z_]+\.approve[a-z_]*$"), name="approval_permission"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.kind} {self.status}"

    @property
    def public_id(self) -> str:
        return public_id("approval", self.id)

    def has_expired(self, at: datetime) -> bool:
        return self.status in {self.Status.REQUESTED, self.Status.APPROVED} and at >= self.expires_at

    def check_undecided(self, at: datetime) -> None:
        """Raises ApprovalClosed when it was decided or withdrawn, ApprovalExpired when it is too late."""
        self._check_is(self.Status.REQUESTED, at)

    def check_approved(self, at: datetime) -> None:
        """Raises ApprovalClosed unless it is approved and not carried out, ApprovalExpired when it is too late."""
        self._check_is(self.Status.APPROVED, at)

    def approve(self, *, approver: str, reason: str, at: datetime) -> None:
        self.check_undecided(at)
        self._decide(self.Status.APPROVED, approver, reason, at)

    def reject(self, *, approver: str, reason: str, at: datetime) -> None:
        self.check_undecided(at)
        self._decide(self.Status.REJECTED, approver, reason, at)

    def cancel(self, *, reason: str, at: datetime) -> None:
        """Withdraw it; too late is no matter."""
        if self.status != self.Status.REQUESTED:
            raise self._closed()
        self._decide(self.Status.CANCELLED, None, reason, at)

    def finish(self, result: Mapping[str, Any], at: datetime) -> None:
        """It was carried out, for the one time it may be."""
        self.check_approved(at)
        self.status, self.result, self.executed_at = self.Status.EXECUTED, dict(result), at
        self.save(update_fields=["status", "result", "executed_at"])

    def _decide(self, status: str, approver: str | None, reason: str, at: datetime) -> None:
        self.status, self.approver, self.decision_reason, self.decided_at = status, approver, reason, at
        self.save(update_fields=["status", "approver", "decision_reason", "decided_at"])

    def _check_is(self, status: str, at: datetime) -> None:
        if self.status != status:
            raise self._closed()
        if at >= self.expires_at:
            raise ApprovalExpired

    def _closed(self) -> ApprovalClosed:
        return ApprovalClosed(f"This request is {self.get_status_display().lower()}.")
