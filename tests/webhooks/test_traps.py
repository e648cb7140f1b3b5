"""The traps that prototypes fell into (docs/decisions/0008), each of them held open."""

from datetime import timedelta

import pytest
from django.db import connection

from core.models import InboundEvent, InboundPending
from core.sql import plain_array, query
from ledger.services.planning import force_index_lookups
from tests.cast import decide_all, deliver, notification, owes

pytestmark = pytest.mark.django_db
NOBODY = "019e0000-0000-7000-8000-000000000001"


LOOKALIKES: dict[str, object] = {
    "ids": plain_array([NOBODY]),
    "gateways": "{mpesa}",
    "accounts": "{student:S004:KES}",
    "amounts": "{100}",
    "currencies": "{KES}",
    "movements": "{checkout}",
    "receipts": "{receipt}",
    "born": "{2026-03-14T07:15:42Z}",
    "booked_after": NOBODY,
    "skew": timedelta(minutes=1),
    "window": timedelta(minutes=10),
}


def plan_of(app: str, name: str, parameters: list[object] | dict[str, object]) -> str:
    with connection.cursor() as cursor:
        force_index_lookups()
        cursor.execute("EXPLAIN " + query(app, name), parameters)
        return "\n".join(row[0] for row in cursor.fetchall())


def test_the_claim_does_not_turn_quadratic_when_the_inbox_was_analyzed_while_empty():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE inbound_pending")
    InboundPending.objects.bulk_create(
        InboundPending(event_id=event.id) for event in (InboundEvent(gateway="x", kind="x") for _ in range(5000))
    )
    with connection.cursor() as cursor:
        force_index_lookups()
        cursor.execute("EXPLAIN (ANALYZE, TIMING OFF) " + query("webhooks", "claim_events"), [500])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Join" not in plan
    assert "Nested Loop" not in plan
    assert "Index Cond: (event_id = ANY" in plan or "Tid Scan" in plan, plan


def test_the_claim_takes_the_oldest_first():
    owes("S004", 150_000)
    events = deliver(*[notification(f"T{n}", amount=1) for n in range(20)])
    from webhooks.deciding import decide_next

    assert decide_next(limit=5) == 5
    assert set(InboundPending.objects.values_list("event_id", flat=True)) == {event.id for event in events[5:]}


@pytest.mark.parametrize(
    ("app", "name", "parameters"),
    [
        ("payments", "find_keys", ["{cellulant}", "{transaction}", "{T1}"]),
        ("payments", "keys_of_payments", [plain_array([])]),
        ("payments", "find_lookalikes", LOOKALIKES),
        ("payments", "account_states", ["{student:S004:KES}"]),
        ("webhooks", "load_events", ["", plain_array([]), "0" * 32, "f" * 32]),
    ],
)
def test_a_settling_transaction_looks_everything_up_through_an_index(
    app: str, name: str, parameters: list[object] | dict[str, object]
):
    plan = plan_of(app, name, parameters)
    assert "Seq Scan" not in plan
    assert "Hash Join" not in plan
    assert "Merge Join" not in plan


def test_deciding_an_event_never_updates_an_indexed_column_of_the_inbox():
    owes("S004", 150_000)
    deliver(*[notification(f"T{n}", amount=1) for n in range(50)])
    decide_all()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_stat_get_xact_tuples_updated(relid)), 0) FROM pg_partition_tree('inbound_event') WHERE isleaf"
        )
        assert cursor.fetchone()[0] == 0


def test_connections_live_longer_than_a_task(settings):
    assert settings.CELERY_DB_REUSE_MAX >= 100
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    assert settings.CELERY_TASK_ACKS_LATE
