"""A payment's states and their ranks. A fact of a higher rank raises the state, none lowers it, whatever its clock says."""

from django.db import models


class Status(models.TextChoices):
    CREATED = "created", "Created"
    PENDING = "pending", "Pending"
    REQUIRES_ACTION = "requires_action", "Requires action"
    UNKNOWN = "unknown", "Unknown"
    FAILED = "failed", "Failed"
    EXPIRED = "expired", "Expired"
    CANCELLED = "cancelled", "Cancelled"
    AUTHORIZED = "authorized", "Authorized"
    VOIDED = "voided", "Voided"
    PARTIALLY_PAID = "partially_paid", "Partially paid"
    SUCCEEDED = "succeeded", "Succeeded"
    PARTIALLY_REFUNDED = "partially_refunded", "Partially refunded"
    REFUNDED = "refunded", "Refunded"


_RANKS: tuple[tuple[Status, ...], ...] = (
    (Status.CREATED,),
    (Status.PENDING, Status.REQUIRES_ACTION, Status.UNKNOWN),
    (Status.FAILED, Status.EXPIRED, Status.CANCELLED),
    (Status.AUTHORIZED,),
    (Status.VOIDED,),
    (Status.PARTIALLY_PAID,),
    (Status.SUCCEEDED,),
    (Status.PARTIALLY_REFUNDED,),
    (Status.REFUNDED,),
)
RANK: dict[str, int] = {str(status): rank for rank, statuses in enumerate(_RANKS) for status in statuses}
"""The same ranks stand in SQL, `payment_rank(text)`, where a trigger refuses a fall; a test holds the two together."""

RANK_PAID = RANK[Status.PARTIALLY_PAID]
"""From this rank on, money has come."""
