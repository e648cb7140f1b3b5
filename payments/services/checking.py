"""Is each gateway ready to be used? Our credentials, its answer, its circuit, and the secrets of the doors it calls us at."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from access.gateway_tokens import Snapshot, load
from payments.errors import GatewayTrouble
from payments.gateways.registry import outbound
from payments.models import GatewayState, PaymentRoute

_NEEDED: Mapping[str, Mapping[str, str]] = {
    "bank": {"webhook_secrets": "BANK_WEBHOOK_SECRET"},
    "cellulant": {
        "client_id": "TINGG_CLIENT_ID",
        "client_secret": "TINGG_CLIENT_SECRET",
        "api_key": "TINGG_API_KEY",
        "service_code": "TINGG_SERVICE_CODE",
        "payer_msisdn": "TINGG_PAYER_MSISDN",
    },
    "monnify": {
        "api_key": "MONNIFY_API_KEY",
        "secret_keys": "MONNIFY_SECRET_KEY",
        "contract_code": "MONNIFY_CONTRACT_CODE",
    },
    "mpesa": {
        "consumer_key": "DARAJA_CONSUMER_KEY",
        "consumer_secret": "DARAJA_CONSUMER_SECRET",
        "shortcode": "DARAJA_SHORTCODE",
        "passkey": "DARAJA_PASSKEY",
    },
    "stripe": {"secret_key": "STRIPE_SECRET_KEY"},
    "upi": {"key_id": "UPI_KEY_ID", "key_secret": "UPI_KEY_SECRET"},
}
"""Gateway → entry of its settings → the name that the environment has for it."""
_SIGNED_WITH = {
    "bank": "BANK_WEBHOOK_SECRET",
    "monnify": "MONNIFY_SECRET_KEY",
    "stripe": "STRIPE_WEBHOOK_SECRET",
    "upi": "UPI_WEBHOOK_SECRET",
}
"""Gateways that sign what they send → the name of the secret."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one gateway. `missing` are names of the environment; `answer` and `doors` are sentences for people."""

    gateway: str
    missing: tuple[str, ...]
    answer: str
    is_accepted: bool
    circuit: str
    doors: str
    has_doors: bool
    is_routed: bool

    @property
    def is_well(self) -> bool:
        return not self.missing and self.is_accepted and self.has_doors and self.circuit == GatewayState.Circuit.CLOSED


def check(name: str) -> Finding:
    """Look at one gateway, and ask it for a proof that it takes our credentials: outside any transaction, and nothing is
    written. Raises UnknownGateway.
    """
    gateway, ours = outbound(name), settings.GATEWAYS[name]
    missing = tuple(spelled for entry, spelled in _NEEDED[name].items() if not ours[entry])
    answer, accepted = "not asked", False
    if not missing:
        try:
            answer, accepted = gateway.check(gateway.wire()), True
        except GatewayTrouble as trouble:
            answer = trouble.detail
    doors, installed = _doors(name, load())
    state = GatewayState.objects.filter(pk=name).first()
    return Finding(
        gateway=name,
        missing=missing,
        answer=answer,
        is_accepted=accepted,
        circuit=state.circuit if state else GatewayState.Circuit.CLOSED.value,
        doors=doors,
        has_doors=installed,
        is_routed=PaymentRoute.objects.filter(gateway=name, is_open=True).exists(),
    )


def _doors(name: str, tokens: Snapshot) -> tuple[str, bool]:
    """Would a call of this gateway be let in? A path token that we tell must be one that the doors know."""
    if name in _SIGNED_WITH:
        secret = settings.GATEWAYS[name]["secret_keys" if name == "monnify" else "webhook_secrets"]
        return ("signed", True) if secret else (f"{_SIGNED_WITH[name]} is not set", False)
    told = settings.GATEWAYS[name]["callback_token"]
    if not told:
        return f"{'TINGG' if name == 'cellulant' else 'DARAJA'}_CALLBACK_TOKEN is not set", False
    if not tokens.matches(name, told, kind="path"):
        return "the path token that it is told is not installed", False
    if name == "cellulant" and not any(candidate.kind == "bearer" for candidate in tokens.candidates[name]):
        return "the bearer token of the notifications is not installed", False
    return "tokens installed", True
