"""Gateways that wait for our word are told once a payment is settled: a row like every other call, sent until it is taken.

The gateway takes a second telling for what it is, so an acknowledgement whose outcome is unknown is simply sent again.
"""

from datetime import timedelta

from django.utils import timezone

from core.defer import defer
from core.exceptions import NewItem, open_items
from core.models.exception_item import ExceptionItem
from payments.gateways.outbound import Ability
from payments.gateways.registry import outbound
from payments.ladders import paced
from payments.models import Payment, PaymentAttempt
from payments.statuses import Status

ACTOR = "system:acknowledging"
AGAIN = (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600)
"""Seconds from a telling that was not taken to the next; gateways wait for a day."""


def after_answer(attempt: PaymentAttempt) -> None:
    """The gateway has answered a question: if the payment is settled by now, tell the gateway, once. In that transaction."""
    if attempt.operation != PaymentAttempt.Operation.QUERY or Ability.ACKNOWLEDGE not in outbound(attempt.gateway).abilities:
        return
    # Locked, so that two answers at once write one acknowledgement.
    payment = Payment.objects.select_for_update(no_key=True).get(pk=attempt.payment_id)
    told = PaymentAttempt.objects.filter(payment_id=payment.pk, operation=PaymentAttempt.Operation.ACKNOWLEDGE)
    if payment.status == Status.SUCCEEDED and not told.exists():
        _write(payment, tries=0, after=timedelta())


def after_trouble(attempt: PaymentAttempt) -> None:
    """It was not taken, or nobody knows: the next one, or an item for staff, in the transaction that closed it."""
    if attempt.operation != PaymentAttempt.Operation.ACKNOWLEDGE:
        return
    payment = Payment.objects.get(pk=attempt.payment_id)
    if attempt.tries <= len(AGAIN):
        pause = paced(AGAIN[attempt.tries - 1])
        _write(payment, tries=attempt.tries, after=pause)
        return
    words = "The gateway waits for our word that we accept this payment, and does not take it. It may give the money back."
    subject = f"{payment.public_id} acknowledgement_not_taken"
    flag = ExceptionItem.Kind.FLAG
    open_items(
        [
            NewItem(
                flag, "acknowledgement_not_taken", subject, str(payment.id), None, payment.amount_minor, payment.currency, words
            )
        ]
    )


def _write(payment: Payment, *, tries: int, after: timedelta) -> None:
    now = timezone.now()
    PaymentAttempt.objects.create(
        payment_id=payment.pk,
        gateway=payment.gateway,
        operation=PaymentAttempt.Operation.ACKNOWLEDGE,
        amount_minor=payment.amount_minor,
        actor=ACTOR,
        tries=tries,
        prepared_at=now,
        send_after=now + after,
    )
    defer("payments.ask_gateways")
