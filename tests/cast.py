"""A small cast of named people, and the ways they act: what most tests need to say, in their own words."""

import json
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.crypto import keyring
from core.ids import new_id
from core.models import InboundEvent, InboundPending
from ledger import chart
from ledger.services.accounts import open_account
from ledger.services.balances import balance
from ledger.services.posting import NewTransfer, post
from webhooks.deciding import decide_next

TOKEN = "mock-bearer-token"


@transaction.atomic
def owes(student: str, major: int, currency: str = "KES") -> str:
    """Open the student's account with a debt of `major` units. Returns the account's code."""
    code = chart.student(student, currency)
    open_account(code)
    fee = NewTransfer(
        debit=code,
        credit=chart.income("fees", currency),
        amount_minor=major * 100,
        currency=currency,
        kind="debt",
        reference=f"fee:{student}:{currency}",
        effective_at=timezone.now(),
    )
    post([fee])
    return code


def notification(transaction: str, student: str = "S004", amount: Any = 50000.0, status: str = "SUCCESS", **other: Any) -> bytes:
    """The bytes of the school contract's notification."""
    body = {
        "transactionId": transaction,
        "studentId": student,
        "amountPaid": amount,
        "paymentMethod": "MPESA",
        "status": status,
        "timestamp": "2026-03-14T20:10:00Z",
    }
    return json.dumps(body | other).encode()


def deliver(*bodies: bytes, gateway: str = "cellulant", kind: str = "notification") -> list[InboundEvent]:
    """Put deliveries into the inbox as the door does."""
    events = [InboundEvent(gateway=gateway, kind=kind, body=body, received_at=timezone.now()) for body in bodies]
    InboundEvent.objects.bulk_create(events)
    InboundPending.objects.bulk_create(InboundPending(event_id=event.id) for event in events)
    return events


def decide_all(limit: int = 500) -> int:
    """Drain the inbox."""
    decided = 0
    while found := decide_next(limit=limit):
        decided += found
    return decided


def owed_by(student: str, currency: str = "KES") -> int:
    """Minor units the student owes; negative is credit."""
    return balance(chart.student(student, currency))


__all__ = ["TOKEN", "decide_all", "deliver", "keyring", "new_id", "notification", "owed_by", "owes"]
