"""Everything known of one payment, gathered from where it is kept: for its owner, and for staff."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.ids import public_id
from core.models import InboundEvent, InboundOutcome
from ledger.models import Transfer, TransferReference
from payments.evidence import Key
from payments.models import NaturalKey, Payment, PaymentAttempt, PaymentHistory
from payments.services.allocating import allocation_reference
from payments.services.batch import excess_reference, transfer_reference

MOST = 200


def all_known(payment: Payment) -> dict[str, Any]:
    """The payment, its gateway's names for it, what was heard, what was asked, what was booked and every step. Eight queries."""
    keys = list(NaturalKey.objects.filter(payment_id=payment.id).order_by("kind", "reference")[:MOST])
    outcomes = list(InboundOutcome.objects.filter(payment_id=payment.id).order_by("-event_id")[:MOST])
    received = dict(InboundEvent.objects.filter(pk__in=[o.event_id for o in outcomes]).values_list("id", "received_at"))
    return {
        "payment": payment,
        "gateway_references": keys,
        "inbound_events": [
            {
                "id": public_id("in", outcome.event_id),
                "verdict": outcome.verdict,
                "reason": outcome.reason,
                "received_at": received.get(outcome.event_id),
                "decided_at": outcome.decided_at,
            }
            for outcome in outcomes
        ],
        "attempts": PaymentAttempt.objects.filter(payment_id=payment.id).order_by("-id")[:MOST],
        "transfers": [_told(transfer) for transfer in transfers_of(payment, keys)],
        "history": PaymentHistory.objects.filter(payment_id=payment.id).order_by("-id")[:MOST],
    }


def transfers_of(payment: Payment, keys: Sequence[NaturalKey]) -> list[Transfer]:
    """Every transfer that moved its money, oldest first: what came, what was more than its order, and its allocation."""
    movements = [(key.gateway, Key(key.kind, key.reference)) for key in keys if key.booked_minor is not None]
    names = [spelled(*movement) for spelled in (transfer_reference, excess_reference) for movement in movements]
    names.append(allocation_reference(payment.id))
    ids = TransferReference.objects.filter(reference__in=names).values_list("transfer_id", flat=True)
    return list(Transfer.objects.filter(pk__in=list(ids)).select_related("debit_account", "credit_account").order_by("id"))


def payment_moved_by(transfer: Transfer) -> Payment | None:
    """The payment whose money a transfer moved, by the transfer's reference: `transfers_of` read backwards."""
    word, _, rest = transfer.reference.partition(":")
    if word == "allocation":
        return Payment.objects.filter(pk=named).first() if (named := _uuid(rest)) else None
    gateway, _, rest = rest.partition(":")
    kind, _, reference = rest.partition(":")
    if word not in {"payment", "excess"} or not reference:
        return None
    key = NaturalKey.objects.filter(gateway=gateway, kind=kind, reference=reference).first()
    return Payment.objects.filter(pk=key.payment_id).first() if key else None


def _told(transfer: Transfer) -> dict[str, Any]:
    return {
        "reference": transfer.reference,
        "debit": transfer.debit_account.code,
        "credit": transfer.credit_account.code,
        "amount": transfer.amount_minor,
        "currency": transfer.currency,
        "effective_at": transfer.effective_at,
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
