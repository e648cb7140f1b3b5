"""Facts at chosen instants, passes of the counting, and what the rollups say afterwards."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum

from core.ids import new_id
from payments.evidence import Evidence, Key
from payments.models import PaymentRollup, RollupState
from payments.models.rollup import WHOLE_DAY
from payments.services.rolling_up import roll_up
from payments.services.settling import settle
from payments.statuses import Status

COUNTS = ("bookings", "booked_minor", "succeeded", "failed", "cancelled", "expired")
PAID = frozenset({Status.SUCCEEDED})


def fact(reference: str, status: Status = Status.SUCCEEDED, amount: int = 100, **other: Any) -> Evidence:
    """A fact as the school's contract speaks it; a success books under its own reference unless `movement` is given."""
    key = Key("transaction", reference)
    told: dict[str, Any] = {
        "gateway": "cellulant",
        "kind": "notification",
        "keys": (key,),
        "status": status,
        "amount_minor": amount,
        "currency": "KES",
        "account": "student:S004:KES",
        "movement": key if status in PAID else None,
        "method": "mpesa",
    }
    return Evidence(**(told | other))


@transaction.atomic
def tell(*facts: Evidence, at: str | datetime | None = None) -> None:
    """Settle them, recorded at an instant (ISO 8601) or now."""
    settle(list(facts), at=datetime.fromisoformat(at).astimezone(UTC) if isinstance(at, str) else at)


def count(*, final: bool = False) -> None:
    """One pass; `final` lets the mark go past everything there is, as it does by itself when half a minute has gone by."""
    if final:
        roll_up(hurry=True)
        RollupState.objects.update(next_mark=new_id(), next_xid=0)
    assert roll_up(hurry=True)


def counted(*by: str, **where: Any) -> dict[Any, dict[str, int]]:
    """What the rollups say of whole days, without the zeros; keys are values of `by`."""
    rows = PaymentRollup.objects.filter(hour=WHOLE_DAY, **where).order_by().values_list(*by)
    sums = rows.annotate(**{name: Sum(name) for name in COUNTS}).values(*by, *COUNTS)
    found = {}
    for row in sums:
        name = tuple(row[column] for column in by)
        found[name[0] if len(name) == 1 else name] = Counter({column: int(row[column]) for column in COUNTS if row[column]})
    return {name: dict(counts) for name, counts in found.items() if counts}


def total(**where: Any) -> dict[str, int]:
    rows = PaymentRollup.objects.filter(hour=WHOLE_DAY, **where).aggregate(**{name: Sum(name, default=0) for name in COUNTS})
    return {name: int(value) for name, value in rows.items() if value}


def days() -> dict[date, int]:
    """Minor units booked by day."""
    return {day: counts["booked_minor"] for day, counts in counted("day").items()}
