"""A day of transfers to reserved accounts, drawn from a seed; the far side is told of them, so that it confirms what is claimed.

A transfer credits the account whose name it bears: a student's id, in naira. A student whose account is in another currency is
what staff will see in front of them.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import httpx2

from sandbox.far.monnify_spelling import event
from sandbox.mix import ImpossibleMix, Mix, in_sending_order, run_prefix

LAGOS = timedelta(hours=1)


def transfers(mix: Mix, *, seed: int, at: datetime) -> list[dict[str, Any]]:
    """What came, as the far side keeps it. Everything but the timestamps, which start at `at`, follows from mix and seed."""
    if mix.pending_first:
        raise ImpossibleMix("A transfer is announced by nobody: there is no PENDING to come first.")
    random = Random(seed)
    return [
        _transfer(
            f"{run_prefix(seed)}{number:06}",
            random.choice(mix.students),
            mix.amount_minor or random.randrange(500_00, 50_000_00, 50),
            at + LAGOS + timedelta(milliseconds=number),
        )
        for number in range(mix.payments)
    ]


def webhooks(mix: Mix, came: Sequence[dict[str, Any]], *, seed: int) -> Sequence[bytes]:
    """Their bodies in sending order. Contradicted ones are claimed with another amount, too, which nothing will confirm."""
    random = Random(seed + 1)
    contradicted = set(random.sample(range(len(came)), mix.contradictions))
    originals: list[bytes] = []
    for number, transfer in enumerate(came):
        originals.append(_webhook(transfer))
        if number in contradicted:
            more = int(transfer["paid_minor"]) + random.randrange(1_00, 100_00)
            originals.append(_webhook(_with_amount(transfer, more)))
    return in_sending_order(originals, mix.repeats, random, shuffle=mix.shuffle)


def tell_far_side(base_url: str, came: Sequence[dict[str, Any]]) -> None:
    """Have the far side know the transfers. Raises ImpossibleMix when it is not there: nobody could confirm them."""
    try:
        httpx2.post(f"{base_url}/transfers/known", json={"transfers": list(came)}, timeout=30, trust_env=False).raise_for_status()
    except httpx2.HTTPError as away:
        raise ImpossibleMix(
            f"The far side at {base_url} does not know these transfers, so none could be confirmed: {away}"
        ) from away


def _transfer(theirs: str, student: str, paid_minor: int, at: datetime) -> dict[str, Any]:
    came = {
        "transactionReference": theirs,
        "paymentReference": theirs,
        "status": "PAID",
        "paidOn": f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3],
        "method": "ACCOUNT_TRANSFER",
        "description": "Transfer",
        "customer": {"name": "Ada Obi", "email": "ada@example.com"},
        "product": {"reference": student, "type": "RESERVED_ACCOUNT"},
    }
    return _with_amount(came, paid_minor)


def _with_amount(came: dict[str, Any], paid_minor: int) -> dict[str, Any]:
    major = f"{paid_minor // 100}.{paid_minor % 100:02}"
    return came | {"amount": major, "paid": major, "paid_minor": paid_minor}


def _webhook(came: dict[str, Any]) -> bytes:
    told = {"eventType": "SUCCESSFUL_TRANSACTION", "eventData": event(came)}
    return json.dumps(told, separators=(",", ":")).encode()
