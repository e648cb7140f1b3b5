"""What needs a human, oldest first."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min

from access.models import Approval
from config.dashboard.days import now_in_school
from config.dashboard.figures import Attention, Inbox, Rows, Waiting
from config.queues import inbound_queue
from core.models import ExceptionItem
from payments.models import GatewayState, WaitingPayment

STUCK_AFTER = timedelta(minutes=WaitingPayment.SILENT_MINUTES)


def attention(now: datetime | None = None) -> Attention:
    """Five statements."""
    at = now_in_school(now)
    inbound = inbound_queue()
    return Attention(
        exceptions=_exceptions(),
        approvals=_approvals(at),
        stuck=_stuck(at),
        gateways=_gateways(at),
        inbox=Inbox(inbound.waiting + inbound.active, inbound.oldest_seconds, Rows("core_inboundevent", {"verdict": "pending"})),
    )


def _exceptions() -> tuple[Waiting, ...]:
    items = ExceptionItem.objects.filter(status=ExceptionItem.Status.OPEN).order_by()
    found: Any = items.values_list("kind", "reason").annotate(count=Count("pk"), oldest=Min("created_at")).order_by("oldest")
    return tuple(
        Waiting(kind, reason, count, oldest, Rows("core_exceptionitem", {"status": "open", "kind": kind}))
        for kind, reason, count, oldest in found
    )


def _approvals(now: datetime) -> Waiting | None:
    found = Approval.objects.waiting(now).aggregate(count=Count("pk"), oldest=Min("requested_at"))
    if not found["count"]:
        return None
    return Waiting(
        "approval", "", found["count"], found["oldest"], Rows("access_approval", {"status": Approval.Status.REQUESTED})
    )


def _stuck(now: datetime) -> tuple[Waiting, ...]:
    payments = WaitingPayment.objects.filter(created_at__lte=now - STUCK_AFTER).order_by()
    found: Any = payments.values_list("status").annotate(count=Count("pk"), oldest=Min("created_at")).order_by("oldest")
    return tuple(
        Waiting("payment", status, count, oldest, Rows("payments_payment", {"status": status, "silent": "yes"}))
        for status, count, oldest in found
    )


def _gateways(now: datetime) -> tuple[Waiting, ...]:
    silent = GatewayState.objects.exclude(circuit=GatewayState.Circuit.CLOSED).order_by("failed_at")
    return tuple(
        Waiting(state.gateway, state.last_error, 1, state.failed_at or now, Rows("payments_gatewaystate", about=state.gateway))
        for state in silent
    )
