"""A day of UPI payments, by links that the school made in the gateway's dashboard, each with its student noted on it.

In rupees: a student whose account is in another currency is what staff will see in front of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.far.upi_payments import event
from sandbox.mix import Mix, in_sending_order, run_prefix


def events(mix: Mix, *, seed: int, at: datetime) -> Sequence[bytes]:
    """Bodies in sending order; an announcement is the bank's promise. All but the timestamps follows from mix and seed."""
    random = Random(seed)
    announced = set(random.sample(range(mix.payments), mix.pending))
    contradicted = set(random.sample(range(mix.payments), mix.contradictions))
    originals: list[bytes] = []
    for number in range(mix.payments):
        amount = mix.amount_minor or random.randrange(500_00, 50_000_00, 50)
        payment = _payment(f"{run_prefix(seed)}{number:06}", amount, random.choice(mix.students))
        second = int((at + timedelta(milliseconds=number)).timestamp())
        if number in announced:
            originals.append(event("payment.authorized", payment | {"status": "authorized"}, second))
        told = [amount, amount + random.randrange(1_00, 100_00)] if number in contradicted else [amount]
        for paise in told:
            captured = {"status": "captured", "captured": True, "amount": paise}
            originals.append(event("payment.captured", payment | captured, second))
    return in_sending_order(originals, mix.repeats, random, shuffle=mix.shuffle)


def _payment(identity: str, amount: int, student: str) -> dict[str, Any]:
    return {
        "id": identity,
        "entity": "payment",
        "amount": amount,
        "currency": "INR",
        "order_id": None,
        "method": "upi",
        "captured": False,
        "vpa": "asha.rao@okaxis",
        "notes": {"student": student},
    }
