"""The bank answers the deposits that wait for it."""

from collections.abc import Sequence
from random import Random

from sandbox.bank.bodies import callback
from sandbox.mix import ImpossibleMix, Mix, in_sending_order, run_prefix


def callbacks(mix: Mix, *, seed: int, secret: str, waiting: Sequence[int]) -> Sequence[bytes]:
    """Successes of the first deposits of `waiting` (numbers of attempts), in sending order."""
    if mix.pending_first or mix.contradictions:
        raise ImpossibleMix("The bank says success or failed, and no amount: nothing can come first or be contradicted.")
    if mix.payments > len(waiting):
        raise ImpossibleMix(f"Only {len(waiting)} deposits wait for the bank; it can't answer {mix.payments}.")
    originals = [callback(number, f"{run_prefix(seed)}{number:06}", "", secret) for number in waiting[: mix.payments]]
    return in_sending_order(originals, mix.repeats, Random(seed), shuffle=mix.shuffle)
