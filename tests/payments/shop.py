"""A merchant who sells, and payers who pay its orders by whatever the gateway says."""

from typing import Any
from uuid import UUID

from django.db import transaction

from access.models import Merchant, User
from payments.evidence import AmountRule, Evidence, Key
from payments.gateways.outbound import OURS
from payments.models import Order, Payment
from payments.services.batch import Outcome
from payments.services.ordering import create_order
from payments.services.requesting import Wanted, pay_order
from payments.services.settling import settle
from payments.statuses import Status

PHONE = "0712345678"


def a_merchant(name: str = "Duka") -> Merchant:
    """A shop and its owner."""
    owner = User.objects.create_user(email=f"{name.lower()}@example.com", password=None)
    return Merchant.objects.create(name=name, owner=owner, email=owner.email)


def an_order(merchant: Merchant, amount_minor: int = 100_000, currency: str = "KES", **other: Any) -> Order:
    """An order of KES 1,000."""
    return create_order(merchant=merchant, amount_minor=amount_minor, currency=currency, **other)


def asked_for(order: Order, **wanted: Any) -> Payment:
    """A payment by M-Pesa that waits to be sent."""
    return pay_order(
        order_id=order.id, wanted=Wanted("mpesa", {"phone_number": PHONE}, **wanted), caller="user:payer", gateway="mpesa"
    )


def success(payment: Payment, receipt: str, amount_minor: int = 100_000, rule: AmountRule = AmountRule.FIXED) -> Evidence:
    """What a gateway says when it was paid."""
    return Evidence(
        gateway=payment.gateway,
        kind="stk_callback",
        keys=(Key(OURS, payment.public_id),),
        status=Status.SUCCEEDED,
        amount_minor=amount_minor,
        currency=payment.currency,
        movement=Key("receipt", receipt),
        amount_rule=rule,
    )


def typed_at_the_till(bill_reference: str, receipt: str, amount_minor: int = 100_000) -> Evidence:
    """Money that a payer sends on their own, with the name of a bill."""
    return Evidence(
        gateway="mpesa",
        kind="c2b_confirmation",
        keys=(),
        status=Status.SUCCEEDED,
        amount_minor=amount_minor,
        currency="KES",
        bill_reference=bill_reference,
        movement=Key("receipt", receipt),
        adopts="checkout",
    )


def settled(*facts: Evidence) -> list[Outcome]:
    """Settle in a transaction of its own."""
    with transaction.atomic():
        return settle(list(facts))


def order_now(order_id: UUID) -> Order:
    return Order.objects.get(pk=order_id)
