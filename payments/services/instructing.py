"""What somebody wants of a payment that is under way: take it, give it up, ask about it now. Each is an attempt of its own,
committed before the call; two of a kind at once are refused by the database.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from access.services import audit
from core.defer import defer
from core.errors import Invalid
from payments.errors import GatewayCannot, GatewayTrouble, NotCancellable, NotCapturable, NothingToAsk, UnknownPayment
from payments.gateways.outbound import Ability
from payments.gateways.registry import outbound
from payments.models import Payment, PaymentAttempt
from payments.services import asking, breaking, polling
from payments.services.our_word import settle_our_word
from payments.services.requesting import ASK
from payments.statuses import Status

Operation = PaymentAttempt.Operation
State = PaymentAttempt.Status
CANCELLABLE = (Status.CREATED, Status.PENDING, Status.REQUIRES_ACTION, Status.UNKNOWN, Status.AUTHORIZED)


def capture(*, payment_id: UUID, actor: str, amount_minor: int | None = None) -> Payment:
    """Take what was authorized, the whole of it. Calls the gateway: never in a transaction.

    Raises UnknownPayment, NotCapturable unless it is authorized (or while another capture is under way), GatewayCannot,
    Invalid for another amount than the authorized one.
    """
    payment = _requested(payment_id)
    if payment.status != Status.AUTHORIZED:
        raise NotCapturable(f"The payment is {payment.status}.")
    if amount_minor not in (None, payment.amount_minor):
        raise Invalid(fields={"amount": ["must be what was authorized"]})
    if Ability.MANUAL_CAPTURE not in outbound(payment.gateway).abilities:
        raise GatewayCannot(f"{payment.gateway} takes the money at once.")
    _carry_out(payment, Operation.CAPTURE, actor, NotCapturable("Another capture is under way."))
    return Payment.objects.get(pk=payment_id)


def cancel(*, payment_id: UUID, actor: str) -> Payment:
    """Give up what has not been taken. What was never sent is cancelled here; else the gateway is asked to.

    Idempotent. Raises UnknownPayment, NotCancellable for what is paid or over, GatewayCannot where only the payer can.
    """
    payment = _requested(payment_id)
    if payment.status in (Status.CANCELLED, Status.VOIDED):
        return payment
    if payment.status not in CANCELLABLE:
        raise NotCancellable(f"The payment is {payment.status}.")
    if not _withdraw(payment, actor):
        if Ability.CANCEL not in outbound(payment.gateway).abilities:
            raise GatewayCannot(f"{payment.gateway} can't take it back; the payer may refuse it, or let it expire.")
        _carry_out(payment, Operation.CANCEL, actor, NotCancellable("It is being cancelled already."))
    return Payment.objects.get(pk=payment_id)


def sync(*, payment_id: UUID, actor: str) -> Payment:
    """Ask the gateway now, and settle what it says.

    Raises UnknownPayment, NothingToAsk, and GatewayTrouble while the gateway is left alone.
    """
    payment = _requested(payment_id)
    if not polling.can_ask(payment):
        raise NothingToAsk
    if breaking.way_to(payment.gateway) is breaking.Way.NONE:
        raise GatewayTrouble(f"{payment.gateway} has not answered lately; it is asked again soon.")
    asking.make(polling.write_question(payment, actor))
    polling.plan_poll(payment_id)
    return Payment.objects.get(pk=payment_id)


@transaction.atomic
def ask_soon(*, payment_id: UUID, actor: str, reason: str) -> None:
    """Have a worker ask the gateway, because staff want to know; nothing is done while a question is on its way. One that was
    put off for hours is no such question.

    Locks the payment. Raises what `sync` raises.
    """
    audit.check_said(actor, reason)
    payment = _requested(payment_id)
    if not polling.can_ask(payment):
        raise NothingToAsk
    Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    soon = Q(status=State.PREPARED, send_after__lte=timezone.now() + asking.REFUSED_FOR)
    if PaymentAttempt.objects.filter(soon | Q(status=State.SENT), payment_id=payment_id, operation=Operation.QUERY).exists():
        return
    _prepare(payment, Operation.QUERY, actor)
    audit.record(actor=actor, act="payments.ask_gateway", target=payment.public_id, reason=reason, before={}, after={})
    defer(ASK)


def _requested(payment_id: UUID) -> Payment:
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise UnknownPayment
    if not polling.was_asked_for(payment):
        raise NothingToAsk("The payment was not asked for by us.")
    return payment


@transaction.atomic
def _withdraw(payment: Payment, actor: str) -> bool:
    """Take the charge back before it is sent. False when it has been."""
    if not asking.take_back(payment.id, "withdrawn"):
        return False
    settle_our_word(payment, kind="withdrawn", status=Status.CANCELLED, actor=actor, reason="withdrawn")
    return True


def _carry_out(payment: Payment, operation: str, actor: str, twin: Exception) -> None:
    try:
        attempt = _prepare(payment, operation, actor)
    except IntegrityError:
        raise twin from None
    asking.send(attempt.pk)


def _prepare(payment: Payment, operation: str, actor: str) -> PaymentAttempt:
    now = timezone.now()
    return PaymentAttempt.objects.create(
        payment_id=payment.id,
        gateway=payment.gateway,
        operation=operation,
        amount_minor=payment.amount_minor,
        actor=actor,
        prepared_at=now,
        send_after=now,
    )
