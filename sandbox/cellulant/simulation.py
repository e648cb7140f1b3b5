"""A day of Cellulant's notifications, drawn from a seed."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from sandbox.cellulant.notification import METHODS, Notification
from sandbox.mix import Mix, in_sending_order, run_prefix

THINKING_TIME = timedelta(seconds=20)
"""Between the prompt on the payer's phone (PENDING) and the answer."""


def notifications(mix: Mix, *, seed: int, at: datetime) -> list[Notification]:
    """What to send, in sending order. Everything but the timestamps, which start at `at`, follows from mix and seed."""
    random = Random(seed)
    prefix = run_prefix(seed)
    payments = [
        Notification(
            transaction_id=f"{prefix}{number:06}",
            student_id=random.choice(mix.students),
            amount_minor=mix.amount_minor or random.randrange(500_00, 50_000_00, 50),
            at=at + timedelta(milliseconds=number),
            method=random.choice(METHODS),
        )
        for number in range(mix.payments)
    ]
    announced = set(random.sample(range(mix.payments), mix.pending))
    contradicted = set(random.sample(range(mix.payments), mix.contradictions))
    originals: list[Notification] = []
    for number, payment in enumerate(payments):
        if number in announced:
            originals.append(replace(payment, status="PENDING", at=payment.at - THINKING_TIME))
        originals.append(payment)
        if number in contradicted:
            originals.append(replace(payment, amount_minor=payment.amount_minor + random.randrange(1_00, 100_00)))
    return in_sending_order(originals, mix.repeats, random, shuffle=mix.shuffle)
