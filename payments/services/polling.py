"""Asking how a payment stands, on a ladder, until it is known; whatever the gateway says goes through `settle`.

The time of the next question is kept on the request's row, so no message is waited for: beat looks who is due. At the ladder's
end a payment that nobody has paid is expired, and staff hear of one whose outcome is still unknown. A late success is still
real money: settlement takes it whenever it comes.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.exceptions import NewItem, open_items
from core.models.exception_item import ExceptionItem
from payments.gateways.outbound import OURS, Ability
from payments.gateways.registry import OUTBOUND, outbound
from payments.ladders import ask_again, next_poll
from payments.models import NaturalKey, Payment, PaymentAttempt, PaymentRequest
from payments.services.our_word import settle_our_word
from payments.statuses import Status

OPEN = (Status.CREATED, Status.PENDING, Status.REQUIRES_ACTION, Status.UNKNOWN, Status.PARTIALLY_PAID)
"""States in which there is something left to ask about; authorized is one too, unless somebody is to say when it is captured."""
ACTOR = "system:polling"
LEASE = 45
"""Seconds for which a question that was taken is nobody else's."""


def plan_poll(payment_id: UUID) -> None:
    """Note when to ask next, or that nothing is left to ask. The caller has just heard of the payment."""
    request = PaymentRequest.objects.get(pk=payment_id)
    payment = Payment.objects.get(pk=payment_id)
    request.next_poll_at = _when(request) if _is_open(payment, request) else None
    request.save(update_fields=["next_poll_at"])


def take_due(limit: int, at: datetime, shut: list[str]) -> list[UUID]:
    """Requests whose question is due, taken for LEASE seconds; gateways in `shut` are left alone."""
    with transaction.atomic():
        due = PaymentRequest.objects.filter(next_poll_at__lte=at).exclude(gateway__in=shut).order_by("next_poll_at")
        ids = list(due.select_for_update(skip_locked=True).values_list("payment_id", flat=True)[:limit])
        PaymentRequest.objects.filter(pk__in=ids).update(next_poll_at=at + timedelta(seconds=LEASE))
    return ids


def question(payment_id: UUID) -> PaymentAttempt | None:
    """The next question about a payment, written as sent; None when there is none, and then the ladder is closed or moved on."""
    request = PaymentRequest.objects.get(pk=payment_id)
    payment = Payment.objects.get(pk=payment_id)
    if not _is_open(payment, request):
        PaymentRequest.objects.filter(pk=payment_id).update(next_poll_at=None)
        return None
    if _is_at_the_end(request):
        return _last_question(payment, request)
    if not can_ask(payment):
        # Nothing but the gateway's own word can tell now; what never comes is expired when its time is over.
        PaymentRequest.objects.filter(pk=payment_id).update(next_poll_at=request.expires_at)
        return None
    return write_question(payment)


def asked(payment_id: UUID, *, answered: bool) -> None:
    """A question was asked: one rung up, or the end. At the end only an answer counts: what had none is asked again."""
    request = PaymentRequest.objects.get(pk=payment_id)
    payment = Payment.objects.get(pk=payment_id)
    if not _is_at_the_end(request):
        request.polls += 1
        request.save(update_fields=["polls"])
    if _is_at_the_end(request) and answered and _is_open(payment, request):
        conclude(payment, request)
    else:
        plan_poll(payment_id)


@transaction.atomic
def conclude(payment: Payment, request: PaymentRequest) -> None:
    """The ladder has ended. What is partly paid stays so; what was asked for and never paid has expired, for staff to see when
    nobody knows what became of it.
    """
    PaymentRequest.objects.filter(pk=payment.id).update(next_poll_at=None)
    if payment.status == Status.PARTIALLY_PAID:
        return
    if payment.status in (Status.UNKNOWN, Status.AUTHORIZED):
        subject = f"{payment.public_id} outcome_unknown"
        words = (
            "The gateway never said what became of it. Look for it in the gateway's own statement; if it was paid, it is booked."
        )
        open_items(
            [
                NewItem(
                    ExceptionItem.Kind.FLAG,
                    "outcome_unknown",
                    subject,
                    str(payment.id),
                    None,
                    payment.amount_minor,
                    payment.currency,
                    words,
                )
            ]
        )
    reason = "nobody_paid_in_time" if payment.status != Status.UNKNOWN else "outcome_unknown"
    settle_our_word(payment, kind="ladder_ended", status=Status.EXPIRED, actor=ACTOR, reason=reason)


def was_asked_for(payment: Payment) -> bool:
    """Did we ask for it, or did it come by itself?"""
    return PaymentRequest.objects.filter(pk=payment.id).exists()


def can_ask(payment: Payment) -> bool:
    """Can the gateway tell anything about this payment, by our reference or by one of its own?"""
    if payment.gateway not in OUTBOUND:
        return False
    abilities = outbound(payment.gateway).abilities
    if Ability.QUERY_BY_OUR_REFERENCE in abilities:
        return True
    return Ability.QUERY in abilities and NaturalKey.objects.filter(payment_id=payment.id).exclude(kind=OURS).exists()


def write_question(payment: Payment, actor: str = ACTOR) -> PaymentAttempt:
    """A question that is about to be put to the payment's gateway, written as sent: by the ladder, or because somebody asks."""
    now = timezone.now()
    return PaymentAttempt.objects.create(
        payment_id=payment.id,
        gateway=payment.gateway,
        operation=PaymentAttempt.Operation.QUERY,
        amount_minor=payment.amount_minor,
        actor=actor,
        status=PaymentAttempt.Status.SENT,
        tries=1,
        prepared_at=now,
        sent_at=now,
    )


def _last_question(payment: Payment, request: PaymentRequest) -> PaymentAttempt | None:
    if can_ask(payment):
        return write_question(payment)
    conclude(payment, request)
    return None


def _is_open(payment: Payment, request: PaymentRequest) -> bool:
    captured_by_itself = request.capture == PaymentRequest.Capture.AUTOMATIC
    return payment.status in OPEN or (payment.status == Status.AUTHORIZED and captured_by_itself)


def _is_at_the_end(request: PaymentRequest) -> bool:
    return next_poll(request.gateway, request.polls) is None or timezone.now() >= request.expires_at


def _when(request: PaymentRequest) -> datetime:
    """The next rung; past the end, where an answer is still wanted, every so often until there is one."""
    now = timezone.now()
    step = next_poll(request.gateway, request.polls) or ask_again(request.gateway)
    return now + step if now >= request.expires_at else min(now + step, request.expires_at)
