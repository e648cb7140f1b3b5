"""A day at the till: payers who send money on their own, drawn from a seed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sandbox.mix import ImpossibleMix, Mix, in_sending_order, run_prefix
from sandbox.mpesa.bodies import c2b

BALANCE = "481250.00"


def confirmations(mix: Mix, *, seed: int, at: datetime, shortcode: str) -> Sequence[bytes]:
    """Bodies in sending order. Everything but the timestamps, which start at `at`, follows from mix and seed."""
    if mix.pending_first:
        raise ImpossibleMix("A till announces nothing: there is no PENDING to come first.")
    random = Random(seed)
    contradicted = set(random.sample(range(mix.payments), mix.contradictions))
    originals: list[bytes] = []
    for number in range(mix.payments):
        receipt, bill = f"{run_prefix(seed)}{number:06}", random.choice(mix.students)
        amount_minor = mix.amount_minor or random.randrange(500_00, 50_000_00, 1_00)
        told = [amount_minor, amount_minor + random.randrange(1_00, 100_00)] if number in contradicted else [amount_minor]
        instant = at + timedelta(milliseconds=number)
        originals += [c2b(shortcode, receipt, amount, bill, instant, balance=BALANCE) for amount in told]
    return in_sending_order(originals, mix.repeats, random, shuffle=mix.shuffle)
