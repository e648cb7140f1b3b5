"""When to ask again, as data: seconds between one question and the next, by gateway, and how long a payer has."""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings


class Ladder(NamedTuple):
    """`polls`: seconds until each next question; the last of them again and again until the payer's time is over.

    `lasts` is how long a payer may take; a payment never outlives its order. Then it has `expired` unless the gateway knows
    better, and is asked about AFTERWARDS.
    """

    polls: tuple[int, ...]
    lasts: int


_LADDERS: dict[str, Ladder] = {
    # Safaricom: a prompt is on the phone for a minute or so; first answers come after 20 s, none after a quarter of an hour.
    "mpesa": Ladder((20, 10, 20, 30, 60, 120, 240, 400), 15 * 60),
    "upi": Ladder((10, 20, 30, 60, 120, 300, 600, 900), 30 * 60),
    "monnify": Ladder((30, 60, 120, 300, 600, 900, 1800), 40 * 60),
    "cellulant": Ladder((30, 60, 120, 300, 600, 1800, 3600, 7200), 12 * 3600),
    "stripe": Ladder((15, 30, 60, 300, 900, 3600, 3 * 3600, 6 * 3600), 24 * 3600),
    "bank": Ladder((15, 30, 60, 300, 900, 3600, 3 * 3600, 6 * 3600), 24 * 3600),
}
_OTHERS = Ladder((10, 30, 60, 300, 900, 3600, 6 * 3600), 24 * 3600)

AFTERWARDS = (60, 600, 3600, 2 * 3600)
"""Seconds until each question after a payment has expired or failed: its payer may have answered in the last moment, or too
late, or may try again, and what would have told of it may be lost.
"""

RESEND = (1, 2, 5, 10, 30, 60, 120)
"""Seconds until what a gateway has certainly not done is sent again. After the last it is given up: nothing was asked."""

UNANSWERED_AFTER = timedelta(seconds=60)
"""A call that was sent and has no outcome for so long died with its worker: what became of it is unknown."""


def lasts(gateway: str) -> timedelta:
    """How long a payer may take."""
    return paced(_LADDERS.get(gateway, _OTHERS).lasts)


def next_poll(gateway: str, polls: int) -> timedelta | None:
    """How long to wait before the next question when `polls` were asked already; None past the last rung."""
    ladder = _LADDERS.get(gateway, _OTHERS).polls
    return paced(ladder[polls]) if polls < len(ladder) else None


def rungs(gateway: str) -> int:
    """How many there are: `polls` stands at it while the last one is repeated."""
    return len(_LADDERS.get(gateway, _OTHERS).polls)


def ended(gateway: str) -> int:
    """The `polls` of a payment whose ladder has ended. A higher number counts what was asked AFTERWARDS, too."""
    return rungs(gateway) + 1


def poll_afterwards(gateway: str, polls: int) -> timedelta | None:
    """How long to wait before the next question about a payment that has ended; None after the last."""
    asked = polls - ended(gateway)
    return paced(AFTERWARDS[asked]) if asked < len(AFTERWARDS) else None


def ask_again(gateway: str) -> timedelta:
    """How long to wait past the last rung."""
    return paced(_LADDERS.get(gateway, _OTHERS).polls[-1])


def next_try(tries: int) -> timedelta | None:
    """How long to wait before sending again what was tried `tries` times; None when it is given up."""
    return paced(RESEND[tries - 1]) if tries <= len(RESEND) else None


def paced(seconds: int) -> timedelta:
    """So many seconds of a ladder, as long as GATEWAY_PACE_PERCENT lets them be."""
    return timedelta(seconds=seconds) * settings.GATEWAY_PACE_PERCENT / 100
