"""The adapters, by gateway name."""

from payments.gateways.base import InboundGateway
from payments.gateways.cellulant import Cellulant

GATEWAYS: dict[str, InboundGateway] = {gateway.name: gateway for gateway in (Cellulant(),)}
