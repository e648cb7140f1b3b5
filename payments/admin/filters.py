"""Payments by how and when they ended, and by how long their gateway has been silent: the rows behind the dashboard's figures."""

from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
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

FEW = 2_000
"""Payments that are fetched by their names; of more, each page looks among the newest."""


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
    """When a payment came to what it is now, on whichever day it was first heard of.

    Where few did, their steps name them, however old they are; many are found among the newest payments.
    """

    title = "ended"
    parameter_name = "ended"
    options = (("today", "Today"), ("week", "This week"), ("month", "This month"))
    quiet = True
    leaves_few = False

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        outcome = request.GET.get(Outcome.parameter_name, "")
        self._ends = [ENDS[outcome]] if outcome in ENDS else list(ENDS.values())
        return super().lookups(request, model_admin)

    @property
    def scans(self) -> bool:  # type: ignore[override] # known once it has narrowed
        return not self.leaves_few

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        first, _ = days_of(value)
        steps = PaymentHistory.objects.filter(pk__gte=lowest_id_at(first), recorded_at__gte=first)
        into = {states: steps.filter(Q(to_status__in=states) & ~Q(from_status__in=states)) for states in self._ends}
        ended = [list(found.order_by("pk").values_list("payment_id", flat=True)[: FEW + 1]) for found in into.values()]
        if sum(map(len, ended)) <= FEW:
            self.leaves_few = True
            found = (Q(pk__in=payments, status__in=states) for payments, states in zip(ended, into, strict=True))
        else:
            found = (Q(Exists(reached.filter(payment_id=OuterRef("pk"))), status__in=states) for states, reached in into.items())
        return rows.filter(reduce(or_, found))


class Silent(Choice):
    """Payments whose gateway has kept silent for too long."""

    title = "silent"
    parameter_name = "silent"
    options = (("yes", f"Over {WaitingPayment.SILENT_MINUTES} minutes"),)
    quiet = True
    leaves_few = True

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        since = timezone.now() - timedelta(minutes=WaitingPayment.SILENT_MINUTES)
        return rows.filter(pk__in=WaitingPayment.objects.filter(created_at__lte=since).values("payment_id"))
