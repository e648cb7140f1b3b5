"""What a webhook only claims is asked about: in the transaction that heard the claim a question is written, and a worker asks.

A question that brings no answer, or an answer that does not cover the claim, is followed by the next one, on a ladder. After
the last staff hear of the claim. It does not matter whether the payment was asked for by us, or has expired in the meantime.
"""

from collections.abc import Mapping, Sequence

from django.utils import timezone

from core.defer import defer
from core.exceptions import NewItem, open_items
from core.ids import public_id
from core.models.exception_item import ExceptionItem
from core.models.inbound import Verdict
from core.money import money
from payments.evidence import Evidence
from payments.ladders import paced
from payments.models import NaturalKey, Payment, PaymentAttempt, PaymentRequest
from payments.services.batch import Batch, Outcome

ACTOR = "system:confirming"
FAILED = (Verdict.QUARANTINED, Verdict.CONFLICT)
AGAIN = (2, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600)
"""Seconds from a question that confirmed nothing to the next."""
CONTRADICTED = 3
"""So many answers that confirm less than was claimed are believed."""


def ask_about(batch: Batch, evidence: Sequence[Evidence], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Write one question about each payment of which more is claimed than its keys have booked, unless one is about to be sent.

    Runs in settlement's transaction, payments locked. Returns the outcomes, those of claims put into the words that fit them.
    """
    told, claims = list(outcomes), dict[str, tuple[str, int]]()
    for index, (fact, outcome) in enumerate(zip(evidence, outcomes, strict=True)):
        if not fact.claimed_minor or outcome.payment_id is None or outcome.verdict in FAILED:
            continue
        booked = batch.known.payments[outcome.payment_id].booked
        if any(booked.get(key) == fact.claimed_minor for key in fact.keys):
            told[index] = Outcome(Verdict.DUPLICATE, payment_id=outcome.payment_id)
            continue
        told[index] = Outcome(Verdict.RECORDED, "to_be_confirmed", payment_id=outcome.payment_id)
        _, most = claims.get(outcome.payment_id, ("", 0))
        claims[outcome.payment_id] = (fact.gateway, max(most, fact.claimed_minor))
    _write_questions(claims)
    return told


def _write_questions(claims: Mapping[str, tuple[str, int]]) -> None:
    if not claims:
        return
    # A question that was put off for hours is no reason to wait with this one. Another's is followed by none, and one about less
    # is content with less: neither stands for this claim.
    about_to = PaymentAttempt.objects.filter(
        payment_id__in=list(claims),
        operation=PaymentAttempt.Operation.QUERY,
        status=PaymentAttempt.Status.PREPARED,
        actor=ACTOR,
        send_after__lte=timezone.now(),
    )
    most: dict[str, int] = {}
    for key, amount_minor in about_to.values_list("payment_id", "amount_minor"):
        most[str(key)] = max(amount_minor, most.get(str(key), 0))
    PaymentAttempt.objects.bulk_create(
        _question(payment_id, gateway, claimed)
        for payment_id, (gateway, claimed) in claims.items()
        if most.get(payment_id, 0) < claimed
    )
    defer("payments.ask_gateways")


def follow_up(attempt: PaymentAttempt, answered: Sequence[Evidence]) -> None:
    """A question is closed and settled, `answered` is what the gateway said. Asks again, or tells staff, unless what is booked
    covers the claim: other money of the same payment does not.
    """
    if attempt.actor != ACTOR:
        return
    largest, unbooked = _booked(attempt)
    if not unbooked and largest >= attempt.amount_minor:
        return
    confirmed = sum(fact.amount_minor for fact in answered if fact.movement is not None)
    if attempt.tries <= (CONTRADICTED if confirmed and not unbooked else len(AGAIN)):
        pause = paced(AGAIN[attempt.tries - 1])
        again = _question(str(attempt.payment_id), attempt.gateway, attempt.amount_minor)
        again.tries, again.send_after = attempt.tries, timezone.now() + pause
        again.save()
        return
    payment = Payment.objects.get(pk=attempt.payment_id)
    open_items([_unconfirmed(payment, attempt.amount_minor, confirmed, unbooked)])


def _booked(attempt: PaymentAttempt) -> tuple[int, list[str]]:
    """The largest amount that a key of the payment has booked, and the keys of such a kind that have booked nothing: a claim
    teaches us its movement's name, and the answer that confirms it books under that name.
    """
    found = NaturalKey.objects.filter(payment_id=attempt.payment_id, gateway=attempt.gateway)
    keys = list(found.values_list("kind", "reference", "booked_minor"))
    kinds = {kind for kind, _, booked_minor in keys if booked_minor is not None}
    unbooked = sorted(reference for kind, reference, booked_minor in keys if booked_minor is None and kind in kinds)
    return max((booked_minor or 0 for _, _, booked_minor in keys), default=0), unbooked


def unasked(payment: Payment) -> PaymentRequest:
    """What stands for the request of a payment that a payer began himself, by a transfer to an account reserved for him."""
    return PaymentRequest(
        payment_id=payment.id,
        caller=ACTOR,
        gateway=payment.gateway,
        method=payment.method,
        details="{}",
        requested_at=payment.created_at,
        expires_at=payment.created_at,
    )


def _question(payment_id: str, gateway: str, claimed_minor: int) -> PaymentAttempt:
    now = timezone.now()
    return PaymentAttempt(
        payment_id=payment_id,
        gateway=gateway,
        operation=PaymentAttempt.Operation.QUERY,
        amount_minor=claimed_minor,
        actor=ACTOR,
        prepared_at=now,
        send_after=now,
    )


def _unconfirmed(payment: Payment, claimed: int, confirmed: int, unbooked: Sequence[str]) -> NewItem:
    name = public_id("pay", payment.id)
    said = f"confirms {money(confirmed, payment.currency)}" if confirmed else "confirms nothing"
    if confirmed and unbooked:
        said += f", and nothing of {', '.join(unbooked)}"
    return NewItem(
        ExceptionItem.Kind.FLAG,
        "claim_unconfirmed",
        f"{name} claim_unconfirmed",
        str(payment.id),
        None,
        claimed,
        payment.currency,
        f"A webhook claims {money(claimed, payment.currency)}; the gateway, asked again and again, {said}.",
    )
