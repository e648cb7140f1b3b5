"""One call to a gateway, in three commits: what is to be sent (made by who wants it), that it is being sent, and what came of it.

Between the second and the third anything may die. What was sent and has no outcome is unknown, never sent again, and asked
about; what certainly was not done is sent again for a while, and then given up.
"""

import json
import logging
import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.words import fit
from payments import methods
from payments.errors import Misconfigured, NotSent, OutcomeUnknown
from payments.evidence import Evidence, Key
from payments.gateways.outbound import Asked, OutboundGateway, Reply
from payments.gateways.registry import outbound
from payments.ladders import UNANSWERED_AFTER, next_try
from payments.models import NaturalKey, Order, Payment, PaymentAttempt, PaymentRequest
from payments.services import acknowledging, breaking, confirming
from payments.services.enduring import enduring
from payments.services.our_word import settle_our_word
from payments.services.polling import plan_poll
from payments.services.settling import settle
from payments.statuses import Status

if TYPE_CHECKING:
    from payments.gateways.wire import Exchange, Wire

logger = logging.getLogger(__name__)
Operation = PaymentAttempt.Operation
State = PaymentAttempt.Status
_TELLING_NOTHING = (Operation.QUERY, Operation.ACKNOWLEDGE)
"""What gives no reason to plan the next question: a question is planned by its ladder, and our word changes nothing."""
REFUSED_FOR = timedelta(seconds=2)
"""How long a prepared attempt waits while its gateway's circuit is open."""


def send(attempt_id: UUID) -> bool:
    """Send a prepared attempt, if nobody else has. Makes a call: never in a transaction. Says whether it was ours to send.

    Nobody is charged once the time to pay is over, or for an order that is paid or closed.
    """
    attempt = PaymentAttempt.objects.filter(pk=attempt_id).first()
    if attempt is None or _is_never_sent(attempt) or not _begin(attempt):
        return False
    attempt.refresh_from_db()
    make(attempt)
    return True


def make(attempt: PaymentAttempt) -> bool:
    """Make the call of an attempt that is marked as sent, and write what came of it. Raises nothing that the call raised.

    Says whether the gateway answered.
    """
    adapter = outbound(attempt.gateway)
    wire = adapter.wire()
    try:
        reply = _call(adapter, attempt, wire)
    except (NotSent, Misconfigured) as undone:
        enduring(partial(_not_done, attempt, wire, undone))
        breaking.note_trouble(attempt.gateway, undone.detail)
    except OutcomeUnknown as lost:
        enduring(partial(_unknown, attempt, wire, lost.code, lost.detail))
        breaking.note_trouble(attempt.gateway, lost.detail)
    except Exception:
        # Our own mistake may have come after the request went out, so it proves nothing about what was done.
        logger.exception("attempt %s on %s failed in our code", attempt.number, attempt.gateway)
        enduring(partial(_unknown, attempt, wire, "our_code_failed", traceback.format_exc()))
    else:
        enduring(partial(_answered, attempt, wire, reply))
        breaking.note_answer(attempt.gateway)
        return True
    return False


def give_up_silent() -> int:
    """Attempts that were sent long ago and have no outcome died with their workers: unknown. The sweeper; returns how many."""
    silent = PaymentAttempt.objects.filter(status=State.SENT, sent_at__lt=timezone.now() - UNANSWERED_AFTER)
    closed = 0
    for attempt in silent[:200]:
        try:
            _unknown(attempt, None, "worker_died", "It was sent, and nobody wrote down what came of it.")
            closed += 1
        except Exception:
            # The next one is no worse for it, nor what else is swept.
            logger.exception("attempt %s on %s could not be closed", attempt.number, attempt.gateway)
    return closed


def asked_of(attempt: PaymentAttempt) -> Asked:
    """What the gateway must know of the attempt's payment."""
    payment = Payment.objects.get(pk=attempt.payment_id)
    request = PaymentRequest.objects.filter(pk=attempt.payment_id).first() or confirming.unasked(payment)
    charge = PaymentAttempt.objects.filter(payment_id=payment.id, operation=Operation.CHARGE).first()
    keys = NaturalKey.objects.filter(payment_id=payment.id).values_list("kind", "reference")
    return Asked(
        payment_id=str(payment.id),
        our_reference=payment.public_id,
        number=charge.number if charge else 0,
        method=request.method,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        bill_reference=request.bill_reference,
        description=request.description,
        details=json.loads(request.details),
        requested_at=request.requested_at,
        expires_at=request.expires_at,
        capture=request.capture,
        keys=tuple(Key(kind, reference) for kind, reference in keys),
    )


def _call(adapter: OutboundGateway, attempt: PaymentAttempt, wire: "Wire") -> Reply:
    asked = asked_of(attempt)
    match attempt.operation:
        case Operation.CHARGE:
            return adapter.charge(asked, wire)
        case Operation.CAPTURE:
            return adapter.capture(asked, attempt.amount_minor, wire)
        case Operation.CANCEL:
            return adapter.cancel(asked, wire)
        case Operation.QUERY:
            return adapter.query(asked, wire)
        case _:
            extra: Callable[[Asked, Wire], Reply] = getattr(adapter, attempt.operation)
            return extra(asked, wire)


def _answered(attempt: PaymentAttempt, wire: "Wire", reply: Reply) -> None:
    with transaction.atomic():
        if not _close(attempt, wire, State.ANSWERED, _outcome(reply.evidence), ""):
            return
        if reply.evidence:
            settle([fact._replace(actor=fact.actor or attempt.actor) for fact in reply.evidence])
        # Only now: a payment is locked before its request.
        if reply.payer_action:
            PaymentRequest.objects.filter(pk=attempt.payment_id).update(payer_action=json.dumps(dict(reply.payer_action)))
        _climb_anew(attempt)
        if attempt.operation not in _TELLING_NOTHING:
            plan_poll(attempt.payment_id)
        confirming.follow_up(attempt, reply.evidence)
        acknowledging.after_answer(attempt)


def _unknown(attempt: PaymentAttempt, wire: "Wire | None", outcome: str, detail: str) -> None:
    with transaction.atomic():
        if not _close(attempt, wire, State.UNKNOWN, outcome, detail):
            return
        if attempt.operation == Operation.CHARGE:
            _settle_outcome(attempt, Status.UNKNOWN, outcome)
        _climb_anew(attempt)
        if attempt.operation not in _TELLING_NOTHING:
            plan_poll(attempt.payment_id)
        confirming.follow_up(attempt, ())
        acknowledging.after_trouble(attempt)


def _climb_anew(attempt: PaymentAttempt) -> None:
    """What was to be taken or given up left its ladder when it was authorized: as long as it still is, it is asked about."""
    authorized = Payment.objects.filter(pk=attempt.payment_id, status=Status.AUTHORIZED)
    if attempt.operation in (Operation.CAPTURE, Operation.CANCEL) and authorized.exists():
        PaymentRequest.objects.filter(pk=attempt.payment_id).update(polls=0)


def _not_done(attempt: PaymentAttempt, wire: "Wire", undone: NotSent | Misconfigured) -> None:
    """Put it back for later, or give it up; a question is not put back, its ladder asks it again."""
    again = next_try(attempt.tries)
    now = timezone.now()
    with transaction.atomic():
        if again is not None and attempt.operation == Operation.CHARGE and not undone.permanent and not _too_late(attempt, again):
            waiting = PaymentAttempt.objects.filter(pk=attempt.pk, status=State.SENT)
            waiting.update(status=State.PREPARED, send_after=now + again, outcome=undone.code, detail=fit(undone.detail)[:2000])
            return
        if not _close(attempt, wire, State.REFUSED, undone.code, undone.detail):
            return
        if attempt.operation == Operation.CHARGE:
            _settle_outcome(attempt, Status.FAILED, undone.code)
        confirming.follow_up(attempt, ())
        acknowledging.after_trouble(attempt)


@transaction.atomic
def _is_never_sent(attempt: PaymentAttempt) -> bool:
    """Is it a charge that has waited for its gateway too long? Ends it then."""
    if attempt.operation != Operation.CHARGE:
        return False
    order = _orders_of(attempt.payment_id).first()
    if _too_late(attempt):
        status, reason = Status.EXPIRED, "not_sent_in_time"
    elif order is None or order.status == Order.Status.CREATED:
        return False
    else:
        status, reason = Status.CANCELLED, "order_paid_already" if order.status == Order.Status.PAID else "order_closed"
    if take_back(attempt.payment_id, reason):
        _settle_outcome(attempt, status, reason)
    return True


def take_back(payment_id: UUID, outcome: str) -> bool:
    """Close a payment's charge that was not sent yet. False when it has been.

    Locks the payment, its order, the attempt: settlement takes the first two in that order, `_begin` the last two.
    """
    Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    _orders_of(payment_id, lock=True).first()
    unsent = PaymentAttempt.objects.filter(payment_id=payment_id, operation=Operation.CHARGE, status=State.PREPARED)
    return bool(unsent.update(status=State.REFUSED, send_after=None, answered_at=timezone.now(), outcome=outcome))


@transaction.atomic
def _begin(attempt: PaymentAttempt) -> bool:
    """Mark it as sent, if it may go now and nobody else has sent it. Of two that may not both go, one does."""
    waiting, now = PaymentAttempt.objects.filter(pk=attempt.pk, status=State.PREPARED), timezone.now()
    if _is_held_up(attempt) or breaking.way_to(attempt.gateway) is breaking.Way.NONE:
        waiting.update(send_after=now + REFUSED_FOR)
        return False
    return bool(waiting.filter(send_after__lte=now).update(status=State.SENT, sent_at=now, tries=attempt.tries + 1))


def _is_held_up(attempt: PaymentAttempt) -> bool:
    """Is it a charge for an order that was closed just now, or that another is being taken for? Locks the order."""
    if attempt.operation != Operation.CHARGE:
        return False
    order = _orders_of(attempt.payment_id, lock=True).first()
    return order is not None and (order.status != Order.Status.CREATED or _is_being_paid_at_once(attempt, order))


def _is_being_paid_at_once(attempt: PaymentAttempt, order: Order) -> bool:
    """Is another payment of it being taken without asking its payer, as this one would be? What becomes of that comes first."""
    requests = PaymentRequest.objects.filter(order=order, method__in=[way.name for way in methods.methods() if way.at_once])
    ids = set(requests.values_list("payment_id", flat=True))
    if attempt.payment_id not in ids:
        return False
    others = ids - {attempt.payment_id}
    sent = PaymentAttempt.objects.filter(payment_id__in=others, operation=Operation.CHARGE, status=State.SENT)
    return sent.exists() or Payment.objects.filter(pk__in=others, status=Status.UNKNOWN).exists()


def _orders_of(payment_id: UUID, *, lock: bool = False) -> "QuerySet[Order]":
    """The order it is to pay, or none."""
    orders = Order.objects.filter(requests__payment_id=payment_id)
    return orders.select_for_update(no_key=True, of=("self",)) if lock else orders


def _too_late(attempt: PaymentAttempt, wait: timedelta = timedelta()) -> bool:
    return not PaymentRequest.objects.filter(pk=attempt.payment_id, expires_at__gt=timezone.now() + wait).exists()


def _close(attempt: PaymentAttempt, wire: "Wire | None", status: str, outcome: str, detail: str) -> bool:
    """Write the outcome; False when somebody else has. An answer that comes after all replaces what was unknown."""
    open_states = [State.SENT, State.UNKNOWN] if status == State.ANSWERED else [State.SENT]
    fields: dict[str, Any] = {"status": status, "answered_at": timezone.now(), "outcome": outcome, "detail": fit(detail)[:4000]}
    if wire is not None:
        fields["exchange"] = json.dumps([_spoken(exchange) for exchange in wire.exchanges]).encode()
    return bool(PaymentAttempt.objects.filter(pk=attempt.pk, status__in=open_states).update(send_after=None, **fields))


def _spoken(exchange: "Exchange") -> dict[str, Any]:
    return {
        "method": exchange.method,
        "url": exchange.url,
        "request": exchange.request.decode("utf-8", "replace"),
        "status": exchange.status,
        "response": exchange.response.decode("utf-8", "replace"),
    }


def _outcome(evidence: Sequence[Evidence]) -> str:
    if not evidence:
        return "nothing_said"
    return evidence[-1].reason or evidence[-1].status


def _settle_outcome(attempt: PaymentAttempt, status: Status, reason: str) -> None:
    payment = Payment.objects.get(pk=attempt.payment_id)
    settle_our_word(payment, kind=f"attempt_{attempt.operation}", status=status, actor=attempt.actor, reason=reason)
