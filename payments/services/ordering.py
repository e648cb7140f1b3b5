"""Orders: what a merchant wants to be paid for. Made, cancelled, expired here; paid by settlement alone."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from access.models import Merchant
from core.crypto import keyed_digest
from core.errors import Invalid
from core.events import publish
from ledger import chart
from ledger.services.accounts import open_account
from payments.errors import AmountTooSmall, OrderClosed, OrderPaid, UnknownOrder
from payments.models import Order

LEAST_MINOR = 100
LASTS = timedelta(hours=24)
LASTS_AT_MOST = timedelta(days=90)
BATCH = 500
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


@transaction.atomic
def create_order(
    *,
    merchant: Merchant,
    amount_minor: int,
    currency: str,
    receipt: str = "",
    notes: dict[str, Any] | None = None,
    expires_at: datetime | None = None,
) -> Order:
    """An order of `amount_minor` in `currency`, to be paid within a day unless `expires_at` says otherwise.

    Opens the merchant's account in that currency with the first order. Raises AmountTooSmall, UnknownCurrency, Invalid for an
    expiry in the past or more than 90 days away.
    """
    if amount_minor < LEAST_MINOR:
        raise AmountTooSmall(f"The least is {LEAST_MINOR} minor units.", fields={"amount": [f"must be at least {LEAST_MINOR}"]})
    now = timezone.now()
    until = expires_at or now + LASTS
    if not now < until <= now + LASTS_AT_MOST:
        raise Invalid(fields={"expires_at": ["must lie in the next 90 days"]})
    account = chart.merchant_payable(str(merchant.id), currency)
    open_account(account)
    secret = f"order_secret_{secrets.token_urlsafe(24)}"
    order = Order.objects.create(
        merchant=merchant,
        amount_minor=amount_minor,
        currency=currency,
        account=account,
        receipt=receipt,
        notes=notes or {},
        bill_reference=bill_reference(),
        client_secret=secret,
        client_secret_digest=secret_digest(secret),
        expires_at=until,
    )
    publish("order.created", subject=order.public_id, owner=merchant.actor, payload=facts_of(order))
    return order


@transaction.atomic
def cancel_order(*, order_id: UUID, merchant: Merchant) -> Order:
    """Let nothing more be started for it. Idempotent; a gateway's success still pays it. Raises UnknownOrder, OrderPaid."""
    order = Order.objects.select_for_update(no_key=True).filter(pk=order_id, merchant=merchant).first()
    if order is None:
        raise UnknownOrder
    if order.status == Order.Status.PAID:
        raise OrderPaid
    if order.status == Order.Status.CREATED:
        _close(order, Order.Status.CANCELLED, timezone.now())
    return order


@transaction.atomic
def expire_orders() -> int:
    """Close what nobody paid in time; the sweeper. Returns how many."""
    now = timezone.now()
    late = Order.objects.filter(status=Order.Status.CREATED, expires_at__lte=now).order_by("id")
    orders = list(late.select_for_update(no_key=True, skip_locked=True)[:BATCH])
    for order in orders:
        _close(order, Order.Status.EXPIRED, now)
    return len(orders)


def open_order(order_id: UUID) -> Order:
    """The order, locked, when a payment for it may be started. Raises UnknownOrder, OrderPaid, OrderClosed."""
    order = Order.objects.select_for_update(no_key=True).select_related("merchant").filter(pk=order_id).first()
    if order is None:
        raise UnknownOrder
    if order.status == Order.Status.PAID:
        raise OrderPaid
    if not order.is_open_at(timezone.now()):
        raise OrderClosed
    return order


def by_client_secret(secret: str) -> Order:
    """The order that a browser may read and pay. Raises UnknownOrder."""
    order = Order.objects.select_related("merchant").filter(client_secret_digest=secret_digest(secret)).first()
    if order is None:
        raise UnknownOrder
    return order


def secret_digest(secret: str) -> bytes:
    """What is looked up of a client secret."""
    return keyed_digest("client_secret", secret)


def bill_reference() -> str:
    """A fresh short name that a person can read out and type: ten letters and digits, none of which look alike."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def facts_of(order: Order) -> dict[str, Any]:
    """What an event says of an order."""
    return {
        "order": order.public_id,
        "status": order.status,
        "amount": order.amount_minor,
        "currency": order.currency,
        "receipt": order.receipt,
    }


def _close(order: Order, status: Order.Status, at: datetime) -> None:
    order.close(status, at)
    publish(f"order.{status.value}", subject=order.public_id, owner=f"merchant:{order.merchant_id}", payload=facts_of(order))
