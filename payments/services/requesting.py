"""A payment is asked for: everything that says so is one commit, and a worker asks the gateway after it.

What may be paid is an order, or an account that belongs to someone. A payer who tries again starts another payment: one
payment charges at most once, ever.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from core.defer import defer
from core.errors import Invalid
from core.ids import new_id
from core.money import exponent
from core.sql import run
from ledger import chart
from ledger.errors import InvalidAccountCode
from ledger.models import Account
from payments import methods
from payments.errors import AmountTooSmall, GatewayCannot, UnknownDestination
from payments.gateways.outbound import OURS, Ability
from payments.gateways.registry import outbound
from payments.ladders import lasts
from payments.models import Order, Payment, PaymentRequest
from payments.models.payment_history import Source
from payments.routing import route
from payments.services.ordering import LEAST_MINOR, open_order
from payments.statuses import Status

ASK = "payments.ask_gateways"
BILL_REFERENCE_AT_MOST = 12


class Wanted(NamedTuple):
    """How somebody wants to pay: the method, what it needs, and whether the money is taken at once."""

    method: str
    details: Mapping[str, str]
    capture: str = PaymentRequest.Capture.AUTOMATIC
    description: str = ""


class Due(NamedTuple):
    """What is to be paid, to which account, under which name the payer knows it, and until when."""

    account: str
    amount_minor: int
    currency: str
    bill_reference: str
    owner: str
    until: datetime | None = None
    order: Order | None = None


@transaction.atomic
def pay_order(*, order_id: UUID, wanted: Wanted, caller: str, gateway: str = "") -> Payment:
    """Start a payment of an order. Locks the order. Raises UnknownOrder, OrderPaid, OrderClosed, and what `request` raises."""
    order = open_order(order_id)
    due = Due(
        order.account, order.amount_minor, order.currency, order.bill_reference, order.merchant.actor, order.expires_at, order
    )
    return request(due=due, wanted=wanted, caller=caller, gateway=gateway)


@transaction.atomic
def pay_account(*, destination: str, amount_minor: int, currency: str, wanted: Wanted, caller: str, gateway: str = "") -> Payment:
    """Start a payment to an account by its owner's name: `student:S004`, in a currency the owner has an account in.

    Raises UnknownDestination for one that is not there or takes no money, AmountTooSmall, UnknownCurrency, and what
    `request` raises.
    """
    exponent(currency)
    if amount_minor < LEAST_MINOR:
        raise AmountTooSmall(f"The least is {LEAST_MINOR} minor units.", fields={"amount": [f"must be at least {LEAST_MINOR}"]})
    account = find_destination(destination, currency)
    due = Due(account.code, amount_minor, currency, _short_name_of(account), account.owner)
    return request(due=due, wanted=wanted, caller=caller, gateway=gateway)


def find_destination(destination: str, currency: str) -> Account:
    """The open account of an owner. Raises UnknownDestination."""
    unknown = UnknownDestination(fields={"destination": ["is not an account that takes money in this currency"]})
    try:
        owner = chart.checked_owner(destination)
    except InvalidAccountCode:
        raise unknown from None
    accounts = Account.objects.filter(owner=owner, currency=currency, kind__in=["asset", "liability"]).exclude(
        code__startswith="owed:"
    )
    account = accounts.exclude(state__in=[Account.State.CLOSED, Account.State.FROZEN]).order_by("id").first()
    if account is None:
        raise unknown
    return account


def request(*, due: Due, wanted: Wanted, caller: str, gateway: str = "") -> Payment:
    """Write a payment, its first key, its request, the attempt to charge and the event; the worker does the rest.

    `gateway` overrides the route (a saved method belongs to one). Must run in a transaction. Raises UnknownMethod,
    CurrencyNotTaken, MissingDetail, Invalid by field, AmountTooSmall, AmountNotTaken, NoRoute, GatewayCannot for a manual
    capture nobody offers.
    """
    details, shown = methods.checked(wanted.method, wanted.details, due.currency)
    methods.check_amount(wanted.method, due.amount_minor, due.currency)
    gateway = gateway or route(wanted.method, due.currency)
    if wanted.capture not in PaymentRequest.Capture.values:
        raise Invalid(fields={"capture": ["must be automatic or manual"]})
    if wanted.capture == PaymentRequest.Capture.MANUAL and Ability.MANUAL_CAPTURE not in outbound(gateway).abilities:
        raise GatewayCannot(f"{gateway} takes the money at once.")
    payment = Payment(
        gateway=gateway,
        method=wanted.method,
        status=Status.PENDING,
        amount_minor=due.amount_minor,
        currency=due.currency,
        account=due.account,
        named_account=due.account,
        order_id=due.order.id if due.order else None,
        created_at=timezone.now(),
    )
    payment.reference = payment.public_id
    _write(payment, due, caller)
    PaymentRequest.objects.create(
        payment_id=payment.id,
        caller=caller,
        order=due.order,
        gateway=gateway,
        method=wanted.method,
        bill_reference=due.bill_reference or _short(payment),
        description=wanted.description,
        capture=wanted.capture,
        details=json.dumps(details),
        shown=shown,
        requested_at=payment.created_at,
        expires_at=min(payment.created_at + lasts(gateway), due.until or datetime.max.replace(tzinfo=UTC)),
    )
    defer(ASK)
    return payment


def _write(payment: Payment, due: Due, caller: str) -> None:
    """All that needs no key of ours, in one statement: somebody waits for it, and each costs more than what it writes."""
    run(
        "payments",
        "insert_asked",
        {
            "id": payment.id,
            "gateway": payment.gateway,
            "method": payment.method,
            "status": payment.status,
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "account": payment.account,
            "reference": payment.reference,
            "order_id": payment.order_id,
            "at": payment.created_at,
            "key_kind": OURS,
            "history_id": new_id(),
            "source": Source.OURSELVES,
            "actor": caller,
            "event_id": new_id(),
            "owner": due.owner,
            "payload": Jsonb(facts_of(payment, due.order)),
            "attempt_id": new_id(),
        },
    )
    payment._state.adding = False


def facts_of(payment: Payment, order: Order | None) -> dict[str, object]:
    """What an event says of a payment that begins."""
    return {
        "id": payment.public_id,
        "status": payment.status,
        "amount": payment.amount_minor,
        "currency": payment.currency,
        "method": payment.method,
        "order": order.public_id if order else None,
    }


def _short_name_of(account: Account) -> str:
    """A student's id where it is short enough for a till, "" for anybody else: a wallet's name would mean nobody there, or a
    student who is called the same.
    """
    name = account.owner.partition(":")[2]
    fits = len(name) <= BILL_REFERENCE_AT_MOST and name.isascii() and name.isalnum()
    return name if fits and account.code == chart.student(name, account.currency) else ""


def _short(payment: Payment) -> str:
    """The end of the payment's id: 50 random bits of it, as a name short enough for a till."""
    return payment.public_id[-10:].upper()
