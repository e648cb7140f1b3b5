"""The circuit breaker: a gateway that fails in a row is left alone for a while, then tried with one call.

Its state is a row, shared by all workers and read by /health/ready and the back office. Successes write at most every ten
seconds, so a healthy gateway's row is not in anybody's way.
"""

from datetime import timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from core.words import fit
from payments.models import GatewayState

OPENS_AFTER = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(seconds=60)
TRIAL_LASTS = timedelta(seconds=45)
NOTED_EVERY = timedelta(seconds=10)
Circuit = GatewayState.Circuit


class Way(StrEnum):
    """What may be sent now."""

    FREE = "free"
    ONE = "one"
    NONE = "none"


def way_to(gateway: str) -> Way:
    """May this gateway be called? `ONE` is said to one caller at a time while the gateway is being tried."""
    state = GatewayState.objects.filter(pk=gateway).first()
    if state is None or state.circuit == Circuit.CLOSED:
        return Way.FREE
    now = timezone.now()
    tried = GatewayState.objects.filter(pk=gateway, retry_at__lte=now).exclude(circuit=Circuit.CLOSED)
    return Way.ONE if tried.update(circuit=Circuit.HALF_OPEN, retry_at=now + TRIAL_LASTS) else Way.NONE


def note_answer(gateway: str) -> None:
    """It answered, whatever it said: the circuit is closed."""
    now = timezone.now()
    stale = Q(answered_at=None) | Q(answered_at__lt=now - NOTED_EVERY)
    state = GatewayState.objects.filter(pk=gateway)
    healthy = {"circuit": Circuit.CLOSED, "failures": 0, "retry_at": None, "answered_at": now}
    if not state.filter(stale | ~Q(circuit=Circuit.CLOSED) | Q(failures__gt=0)).update(**healthy) and not state.exists():
        GatewayState.objects.bulk_create([GatewayState(gateway=gateway, answered_at=now)], ignore_conflicts=True)


@transaction.atomic
def note_trouble(gateway: str, error: str) -> None:
    """It did not answer, or with nonsense. After OPENS_AFTER in a row, or when it fails its trial, the circuit opens."""
    now = timezone.now()
    GatewayState.objects.bulk_create([GatewayState(gateway=gateway)], ignore_conflicts=True)
    state = GatewayState.objects.select_for_update().get(pk=gateway)
    state.failures = F("failures") + 1
    state.last_error, state.failed_at = fit(error)[:500], now
    state.save(update_fields=["failures", "last_error", "failed_at"])
    state.refresh_from_db()
    if state.circuit == Circuit.HALF_OPEN or state.failures >= OPENS_AFTER:
        state.circuit, state.retry_at = Circuit.OPEN, now + _pause(state.failures)
        state.save(update_fields=["circuit", "retry_at"])


def unhealthy() -> list[GatewayState]:
    """The gateways whose circuit is not closed."""
    return list(GatewayState.objects.exclude(circuit=Circuit.CLOSED).order_by("gateway"))


def _pause(failures: int) -> timedelta:
    doublings = min(max(failures - OPENS_AFTER, 0), 8)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
