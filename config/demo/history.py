"""A month of plausible payments, so that the dashboard has something to show, and a few cases for staff to look at."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction

from config.demo.people import crowd
from core.models import InboundEvent, InboundPending
from ledger import chart
from payments.evidence import Evidence, Key
from payments.models import NaturalKey
from payments.services.settling import settle
from payments.statuses import Status

DAYS = 30
_METHODS = ("mpesa", "mpesa", "mpesa", "mpesa", "card", "bank_transfer", "cash")
_AMOUNTS = (5_000, 10_000, 12_500, 15_000, 20_000, 25_000, 40_000)


def live_through_a_month() -> None:
    """Settle the past, day by day, through the same door as everything else. Once: the first reference tells."""
    if NaturalKey.objects.filter(gateway="cellulant", kind="transaction", reference="DEMO-0001").exists():
        return
    for day, facts in groupby(_month(), key=lambda fact: fact.occurred_at):
        with transaction.atomic():
            settle(list(facts), at=day)
    _deliver_cases_for_staff()


def _month() -> Iterator[Evidence]:
    rng = random.Random(2026)  # noqa: S311 - the same demo everywhere
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    number = 0
    for ago in range(DAYS, 0, -1):
        opening = (today - timedelta(days=ago)).replace(hour=6)
        busy = rng.randint(2, 5) if opening.weekday() < 5 else rng.randint(0, 2)
        for hour in sorted(rng.sample(range(11), busy)):
            number += 1
            key = Key("transaction", f"DEMO-{number:04}")
            status = rng.choices((Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.PENDING), (88, 7, 3, 2))[0]
            yield Evidence(
                gateway="cellulant",
                kind="notification",
                keys=(key,),
                status=status,
                amount_minor=rng.choice(_AMOUNTS) * 100,
                currency="KES",
                account=chart.student(rng.choice(crowd()), "KES"),
                movement=key if status is Status.SUCCEEDED else None,
                method=rng.choice(_METHODS),
                occurred_at=opening + timedelta(hours=hour),
            )


def _deliver_cases_for_staff() -> None:
    """Into the inbox, for the worker to decide: an unknown student, an inactive one, a conflict, a text for an amount."""
    now = datetime.now(UTC)
    cases: list[dict[str, Any]] = [
        {"transactionId": "DEMO-CASE-1", "studentId": "S404", "amountPaid": 25000.00, "status": "SUCCESS"},
        {"transactionId": "DEMO-CASE-2", "studentId": "S002", "amountPaid": 10000.00, "status": "SUCCESS"},
        {"transactionId": "DEMO-CASE-3", "studentId": "S101", "amountPaid": 5000.00, "status": "SUCCESS"},
        {"transactionId": "DEMO-CASE-3", "studentId": "S102", "amountPaid": 5000.00, "status": "SUCCESS"},
        {"transactionId": "DEMO-CASE-4", "studentId": "S103", "amountPaid": "7500", "status": "SUCCESS"},
    ]
    shared = {"paymentMethod": "MPESA", "timestamp": now.isoformat()}
    events = [
        InboundEvent(gateway="cellulant", kind="notification", body=json.dumps(case | shared).encode(), received_at=now)
        for case in cases
    ]
    with transaction.atomic():
        InboundEvent.objects.bulk_create(events)
        InboundPending.objects.bulk_create(InboundPending(event_id=event.id) for event in events)
