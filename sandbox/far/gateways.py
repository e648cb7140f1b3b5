"""Which gateways have a far side: the prefix of their paths → what builds their routes."""

from collections.abc import Callable, Sequence

from sandbox.far import bank, daraja, monnify, stripe, tingg, upi
from sandbox.far.http import Route
from sandbox.far.world import World

GATEWAYS: dict[str, Callable[[World], Sequence[Route]]] = {
    "bank": bank.routes,
    "daraja": daraja.routes,
    "monnify": monnify.routes,
    "stripe": stripe.routes,
    "tingg": tingg.routes,
    "upi": upi.routes,
}
