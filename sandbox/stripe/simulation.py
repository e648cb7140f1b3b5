"""A day of links that the school made in Stripe's dashboard, each with its student on it; drawn from a seed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.far.stripe_intents import event
from sandbox.mix import Mix, in_sending_order, run_prefix


def events(mix: Mix, *, seed: int, at: datetime) -> Sequence[bytes]:
    """Bodies in sending order. Everything but the timestamps, which start at `at`, follows from mix and seed."""
    random = Random(seed)
    announced = set(random.sample(range(mix.payments), mix.pending))
    contradicted = set(random.sample(range(mix.payments), mix.contradictions))
    originals: list[bytes] = []
    for number in range(mix.payments):
        intent = _intent(f"{run_prefix(seed)}{number:06}", mix.amount_minor or random.randrange(500_00, 50_000_00, 50))
        intent["metadata"] = {"student": random.choice(mix.students)}
        second = int((at + timedelta(milliseconds=number)).timestamp())
        if number in announced:
            originals.append(event("payment_intent.processing", intent | {"status": "processing"}, second))
        told = [intent["amount"]]
        if number in contradicted:
            told.append(intent["amount"] + random.randrange(1_00, 100_00))
        for amount in told:
            taken = {"status": "succeeded", "amount": amount, "amount_received": amount}
            originals.append(event("payment_intent.succeeded", intent | taken, second))
    return in_sending_order(originals, mix.repeats, random, shuffle=mix.shuffle)


def _intent(identity: str, amount_minor: int) -> dict[str, Any]:
    return {
        "id": identity,
        "object": "payment_intent",
        "amount": amount_minor,
        "amount_received": 0,
        "capture_method": "automatic",
        "currency": "kes",
        "livemode": False,
        "payment_method_types": ["card"],
    }
