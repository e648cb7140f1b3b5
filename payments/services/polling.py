"""Asking how a payment stands, on a ladder, until it is known; whatever the gateway says goes through `settle`.

The time of the next question is kept on the request's row, so no message is waited for: beat looks who is due. When the payer's
time is over a payment that nobody has paid is expired, and staff hear of one whose outcome is still unknown. A late success is
still real money: settlement takes it whenever it comes, and as its callback may be lost it is asked for a few times more, also
after the gateway itself has said that it failed: a payer may try the same link or account again.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.exceptions import NewItem, open_items
from core.models.exception_item import ExceptionItem
from payments.gateways.outbound import OURS, UNREADABLE, Ability
from payments.gateways.registry import OUTBOUND, outbound
from payments.ladders import ask_again, ended, next_poll, poll_afterwards, rungs
from payments.models import NaturalKey, Payment, PaymentAttempt, PaymentRequest
from payments.services.our_word import settle_our_word
from payments.statuses import Status

Operation = PaymentAttempt.Operation
OPEN = (Status.CREATED, Status.PENDING, Status.REQUIRES_ACTION, Status.UNKNOWN, Status.PARTIALLY_PAID)
"""States in which there is something left to ask about; authorized is one too, unless somebody is to say when it is captured."""
OVER = (Status.FAILED, Status.EXPIRED, Status.CANCELLED, Status.PARTIALLY_PAID)
"""States that money may still come for."""
UNDECIDED = ("processing", "deemed", UNREADABLE)
"""Words of a last answer after which nobody knows how it will end."""
NEVER_SAID = "The gateway never said what became of it. Look for it in the gateway's own statement; if it was paid, it is booked."
PART_OF_AN_ORDER = "The payer's time is over, and less came than the order asks for. It is booked; the rest would pay the order."
ACTOR = "system:polling"
LEASE = 45
"""Seconds for which a question that was taken is nobody else's."""


def plan_poll(payment_id: UUID) -> None:
    """Note when to ask next, or that nothing is left to ask. The caller has just heard of the payment."""
    request = PaymentRequest.objects.get(pk=payment_id)
    _plan(Payment.objects.get(pk=payment_id), request)


def take_due(limit: int, at: datetime, shut: list[str]) -> list[tuple[UUID, str]]:
    """Payments whose question is due, and their gateways, taken for LEASE seconds; gateways in `shut` are left alone."""
    with transaction.atomic():
        due = PaymentRequest.objects.filter(next_poll_at__lte=at).exclude(gateway__in=shut).order_by("next_poll_at")
        taken = list(due.select_for_update(skip_locked=True).values_list("payment_id", "gateway")[:limit])
        ids = [payment_id for payment_id, _ in taken]
        PaymentRequest.objects.filter(pk__in=ids).update(next_poll_at=at + timedelta(seconds=LEASE))
    return taken


def question(payment_id: UUID) -> PaymentAttempt | None:
    """The next question about a payment, written as sent; None when there is none, and then the ladder is closed or moved on."""
    request = PaymentRequest.objects.get(pk=payment_id)
    payment = Payment.objects.get(pk=payment_id)
    if not _is_open(payment, request):
        if _may_be_paid_still(payment) or _is_being_taken(payment):
            return write_question(payment)
        PaymentRequest.objects.filter(pk=payment_id).update(next_poll_at=None)
        return None
    if can_ask(payment):
        return write_question(payment)
    if timezone.now() >= request.expires_at:
        conclude(payment_id)
    else:
        # Nothing but the gateway's own word can tell now; what never comes is expired when its time is over.
        PaymentRequest.objects.filter(pk=payment_id).update(next_poll_at=request.expires_at)
    return None


@transaction.atomic
def asked(payment_id: UUID, *, answered: bool) -> None:
    """A question was asked: one rung up, or the end. From the end on only an answer counts: what had none is asked again.

    Locks the payment.
    """
    payment, request = _locked(payment_id)
    if _is_open(payment, request):
        if answered and timezone.now() >= request.expires_at:
            conclude(payment_id)
            return
        request.polls = min(request.polls + 1, rungs(request.gateway))
    elif _may_be_paid_still(payment):
        request.polls = max(request.polls, ended(request.gateway)) + answered
        if poll_afterwards(request.gateway, request.polls) is None and _is_undecided(payment):
            _tell(payment, "outcome_unknown", payment.amount_minor, NEVER_SAID)
    else:
        request.polls += answered
        if _is_being_taken(payment) and next_poll(request.gateway, request.polls) is None:
            _tell(payment, "outcome_unknown", payment.amount_minor, NEVER_SAID)
    _plan(payment, request)


@transaction.atomic
def conclude(payment_id: UUID) -> None:
    """The ladder has ended. What is partly paid stays so; what was asked for and never paid has expired, for staff to see when
    nobody knows what became of it.

    Locks the payment: what a callback has told in the meantime stands.
    """
    payment, request = _locked(payment_id)
    if not _is_open(payment, request):
        _plan(payment, request)
        return
    if payment.status == Status.PARTIALLY_PAID:
        if payment.order_id:
            _tell(payment, "less_than_the_order", payment.received_minor, PART_OF_AN_ORDER)
    else:
        if payment.status in (Status.UNKNOWN, Status.AUTHORIZED):
            _tell(payment, "outcome_unknown", payment.amount_minor, NEVER_SAID)
        reason = "nobody_paid_in_time" if payment.status != Status.UNKNOWN else "outcome_unknown"
        settle_our_word(payment, kind="ladder_ended", status=Status.EXPIRED, actor=ACTOR, reason=reason)
    request.polls = ended(request.gateway)
    _plan(Payment.objects.get(pk=payment_id), request)


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
        operation=Operation.QUERY,
        amount_minor=payment.amount_minor,
        actor=actor,
        status=PaymentAttempt.Status.SENT,
        tries=1,
        prepared_at=now,
        sent_at=now,
    )


def _locked(payment_id: UUID) -> tuple[Payment, PaymentRequest]:
    payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    return payment, PaymentRequest.objects.get(pk=payment_id)


def _plan(payment: Payment, request: PaymentRequest) -> None:
    """Write when to ask next: up the ladder, afterwards, or not at all."""
    now, step = timezone.now(), None
    if _is_open(payment, request):
        # Past the end, where an answer is still wanted, every so often until there is one.
        step = next_poll(request.gateway, request.polls) or ask_again(request.gateway)
        if now < request.expires_at:
            step = min(step, request.expires_at - now)
    elif _may_be_paid_still(payment):
        request.polls = max(request.polls, ended(request.gateway))
        step = poll_afterwards(request.gateway, request.polls)
    elif _is_being_taken(payment):
        step = next_poll(request.gateway, request.polls)
    request.next_poll_at = now + step if step is not None else None
    request.save(update_fields=["polls", "next_poll_at"])


def _is_open(payment: Payment, request: PaymentRequest) -> bool:
    """Is its ladder still climbed?"""
    captured_by_itself = request.capture == PaymentRequest.Capture.AUTOMATIC
    waits = payment.status in OPEN or (payment.status == Status.AUTHORIZED and captured_by_itself)
    return waits and request.polls < ended(request.gateway)


def _may_be_paid_still(payment: Payment) -> bool:
    """Is it over, and could its payer pay all the same? Not what its gateway has never heard of."""
    return payment.status in OVER and can_ask(payment) and _has_attempt(payment, [Operation.CHARGE], PaymentAttempt.HEARD)


def _is_being_taken(payment: Payment) -> bool:
    """Is it authorized, and was the gateway asked to take it, or to give it up? It may say "processing" to that, too."""
    asked_to = (Operation.CAPTURE, Operation.CANCEL)
    return payment.status == Status.AUTHORIZED and _has_attempt(payment, asked_to, PaymentAttempt.HEARD)


def _has_attempt(payment: Payment, operations: Collection[str], states: Collection[str]) -> bool:
    return PaymentAttempt.objects.filter(payment_id=payment.id, operation__in=operations, status__in=states).exists()


def _is_undecided(payment: Payment) -> bool:
    questions = PaymentAttempt.objects.filter(payment_id=payment.id, operation=Operation.QUERY).order_by("-id")
    return questions.values_list("outcome", flat=True).first() in UNDECIDED


def _tell(payment: Payment, reason: str, amount_minor: int, words: str) -> None:
    subject = f"{payment.public_id} {reason}"
    flag = ExceptionItem.Kind.FLAG
    open_items([NewItem(flag, reason, subject, str(payment.id), None, amount_minor, payment.currency, words)])
