"""The adapters, by gateway name. The inbound halves are small and always there; an outbound half, with the libraries that it
calls with, is imported by the process that first asks something of its gateway.
"""

from functools import cache
from importlib import import_module

from payments.errors import UnknownGateway
from payments.gateways.bank.inbound import Bank
from payments.gateways.base import InboundGateway
from payments.gateways.cellulant.inbound import Cellulant
from payments.gateways.monnify.inbound import Monnify
from payments.gateways.mpesa.inbound import Mpesa
from payments.gateways.outbound import OutboundGateway
from payments.gateways.stripe.inbound import Stripe
from payments.gateways.upi.inbound import Upi

GATEWAYS: dict[str, InboundGateway] = {
    gateway.name: gateway for gateway in (Bank(), Cellulant(), Monnify(), Mpesa(), Stripe(), Upi())
}

_OUTBOUND: dict[str, str] = {
    "bank": "payments.gateways.bank.outbound",
    "cellulant": "payments.gateways.cellulant.outbound",
    "monnify": "payments.gateways.monnify.outbound",
    "mpesa": "payments.gateways.mpesa.outbound",
    "stripe": "payments.gateways.stripe.outbound",
    "upi": "payments.gateways.upi.outbound",
}
"""Gateway name → the module whose `Outbound` class asks it."""

OUTBOUND = tuple(_OUTBOUND)


@cache
def outbound(name: str) -> OutboundGateway:
    """The outbound half of a gateway. Raises UnknownGateway for one that we ask nothing of."""
    module = _OUTBOUND.get(name)
    if module is None:
        raise UnknownGateway(f"Nothing is asked of a gateway {name[:40]!r}.")
    adapter: OutboundGateway = import_module(module).Outbound()
    return adapter
