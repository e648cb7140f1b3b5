"""Payments by how and when they ended, and by how long their gateway has been silent: the rows behind the dashboard's figures."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from core.admin.filters import Choice, days_of
from core.ids import lowest_id_at
from payments.models import PaymentHistory, WaitingPayment
from payments.statuses import Status

ENDS: dict[str, tuple[str, ...]] = {
    "succeeded": (Status.SUCCEEDED, Status.PARTIALLY_REFUNDED, Status.REFUNDED),
    "failed": (Status.FAILED,),
    "cancelled": (Status.CANCELLED,),
    "expired": (Status.EXPIRED,),
}
"""As what the success rate counts a payment that is in one of these states, as `payment_outcome` says it in SQL."""


class Outcome(Choice):
    """How a payment ended. What was refunded afterwards had succeeded."""

    title = "outcome"
    parameter_name = "outcome"
    options = tuple((name, name.capitalize()) for name in ENDS)
    scans = True
    quiet = True

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        return rows.filter(status__in=ENDS[value])


class Ended(Choice):
    """When a payment came to what it is now, on whichever day it was first heard of."""

    title = "ended"
    parameter_name = "ended"
    options = (("today", "Today"), ("week", "This week"), ("month", "This month"))
    scans = True
    quiet = True

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        first, _ = days_of(value)
        steps = PaymentHistory.objects.filter(payment_id=OuterRef("pk"), pk__gte=lowest_id_at(first), recorded_at__gte=first)
        ends = [
            Q(status__in=states) & Exists(steps.filter(Q(to_status__in=states) & ~Q(from_status__in=states)))
            for states in ENDS.values()
        ]
        return rows.filter(ends[0] | ends[1] | ends[2] | ends[3])


class Silent(Choice):
    """Payments whose gateway has kept silent for too long."""

    title = "silent"
    parameter_name = "silent"
    options = (("yes", f"Over {WaitingPayment.SILENT_MINUTES} minutes"),)
    quiet = True

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        since = timezone.now() - timedelta(minutes=WaitingPayment.SILENT_MINUTES)
        return rows.filter(pk__in=WaitingPayment.objects.filter(created_at__lte=since).values("payment_id"))
