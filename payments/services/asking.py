"""One call to a gateway, in three commits: what is to be sent (made by who wants it), that it is being sent, and what came of it.

Between the second and the third anything may die. What was sent and has no outcome is unknown, never sent again, and asked
about; what certainly was not done is sent again for a while, and then given up.
"""

import json
import logging
import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from payments.errors import Misconfigured, NotSent, OutcomeUnknown
from payments.evidence import Evidence, Key
from payments.gateways.outbound import Asked, OutboundGateway, Reply
from payments.gateways.registry import outbound
from payments.ladders import UNANSWERED_AFTER, next_try
from payments.models import NaturalKey, Payment, PaymentAttempt, PaymentRequest
from payments.services import acknowledging, breaking, confirming
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
    """Send a prepared attempt, if nobody else has. Makes a call: never in a transaction. Says whether it was ours to send."""
    attempt = PaymentAttempt.objects.filter(pk=attempt_id).first()
    if attempt is None or breaking.way_to(attempt.gateway) is breaking.Way.NONE:
        PaymentAttempt.objects.filter(pk=attempt_id, status=State.PREPARED).update(send_after=timezone.now() + REFUSED_FOR)
        return False
    now = timezone.now()
    ours = PaymentAttempt.objects.filter(pk=attempt_id, status=State.PREPARED, send_after__lte=now)
    if not ours.update(status=State.SENT, sent_at=now, tries=attempt.tries + 1):
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
        breaking.note_trouble(attempt.gateway, undone.detail)
        _not_done(attempt, wire, undone)
    except OutcomeUnknown as lost:
        breaking.note_trouble(attempt.gateway, lost.detail)
        _unknown(attempt, wire, lost.code, lost.detail)
    except Exception:
        # Our own mistake may have come after the request went out, so it proves nothing about what was done.
        logger.exception("attempt %s on %s failed in our code", attempt.number, attempt.gateway)
        _unknown(attempt, wire, "our_code_failed", traceback.format_exc())
    else:
        breaking.note_answer(attempt.gateway)
        _answered(attempt, wire, reply)
        return True
    return False


def give_up_silent() -> int:
    """Attempts that were sent long ago and have no outcome died with their workers: unknown. The sweeper; returns how many."""
    silent = PaymentAttempt.objects.filter(status=State.SENT, sent_at__lt=timezone.now() - UNANSWERED_AFTER)
    attempts = list(silent[:200])
    for attempt in attempts:
        _unknown(attempt, None, "worker_died", "It was sent, and nobody wrote down what came of it.")
    return len(attempts)


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
        if reply.payer_action:
            PaymentRequest.objects.filter(pk=attempt.payment_id).update(payer_action=json.dumps(dict(reply.payer_action)))
        if reply.evidence:
            settle([fact._replace(actor=fact.actor or attempt.actor) for fact in reply.evidence])
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
        if attempt.operation not in _TELLING_NOTHING:
            plan_poll(attempt.payment_id)
        confirming.follow_up(attempt, ())
        acknowledging.after_trouble(attempt)


def _not_done(attempt: PaymentAttempt, wire: "Wire", undone: NotSent | Misconfigured) -> None:
    """Put it back for later, or give it up; a question is not put back, its ladder asks it again."""
    again = next_try(attempt.tries)
    now = timezone.now()
    with transaction.atomic():
        if again is not None and attempt.operation == Operation.CHARGE and not undone.permanent and not _too_late(attempt, again):
            waiting = PaymentAttempt.objects.filter(pk=attempt.pk, status=State.SENT)
            waiting.update(status=State.PREPARED, send_after=now + again, outcome=undone.code, detail=undone.detail[:2000])
            return
        if not _close(attempt, wire, State.REFUSED, undone.code, undone.detail):
            return
        if attempt.operation == Operation.CHARGE:
            _settle_outcome(attempt, Status.FAILED, undone.code)
        confirming.follow_up(attempt, ())
        acknowledging.after_trouble(attempt)


def _too_late(attempt: PaymentAttempt, again: timedelta) -> bool:
    return not PaymentRequest.objects.filter(pk=attempt.payment_id, expires_at__gt=timezone.now() + again).exists()


def _close(attempt: PaymentAttempt, wire: "Wire | None", status: str, outcome: str, detail: str) -> bool:
    """Write the outcome; False when somebody else has. An answer that comes after all replaces what was unknown."""
    open_states = [State.SENT, State.UNKNOWN] if status == State.ANSWERED else [State.SENT]
    fields: dict[str, Any] = {"status": status, "answered_at": timezone.now(), "outcome": outcome, "detail": detail[:4000]}
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
