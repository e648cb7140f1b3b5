"""Who can be simulated: gateway name → what it sends."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings

from sandbox.bank.simulation import callbacks
from sandbox.cellulant.notification import delivery
from sandbox.cellulant.simulation import notifications
from sandbox.delivery import Delivery
from sandbox.mix import Mix
from sandbox.monnify.simulation import tell_far_side, transfers, webhooks
from sandbox.mpesa.simulation import confirmations
from sandbox.outcomes import waiting_deposits
from sandbox.signing import bank, monnify, mpesa, stripe, upi
from sandbox.stripe.simulation import events as stripe_events
from sandbox.upi.simulation import events as upi_events

Simulator = Callable[[Mix, int, datetime], list[Delivery]]
"""(mix, seed, first timestamp) → deliveries in sending order. Raises ImpossibleMix for what the gateway never says."""
Signer = Callable[[bytes, dict[str, Any], datetime], tuple[str, dict[str, str], bytes]]
"""`sign` of a module of sandbox.signing."""


def _cellulant(mix: Mix, seed: int, at: datetime) -> list[Delivery]:
    token: str = settings.CELLULANT_BEARER_TOKEN
    return [delivery(notification.body(), token) for notification in notifications(mix, seed=seed, at=at)]


def _bank(mix: Mix, seed: int, at: datetime) -> list[Delivery]:
    secrets = settings.GATEWAYS["bank"]
    bodies = callbacks(mix, seed=seed, secret=secrets["webhook_secrets"][0], waiting=waiting_deposits())
    return [_signed(bank.sign, body, secrets, at) for body in bodies]


def _monnify(mix: Mix, seed: int, at: datetime) -> list[Delivery]:
    secrets = settings.GATEWAYS["monnify"]
    came = transfers(mix, seed=seed, at=at)
    tell_far_side(secrets["base_url"], came)
    return [_signed(monnify.sign, body, secrets, at) for body in webhooks(mix, came, seed=seed)]


def _mpesa(mix: Mix, seed: int, at: datetime) -> list[Delivery]:
    secrets = settings.GATEWAYS["mpesa"]
    bodies = confirmations(mix, seed=seed, at=at, shortcode=secrets["c2b_shortcode"])
    return [_signed(mpesa.sign, body, secrets, at) for body in bodies]


def _stripe(mix: Mix, seed: int, at: datetime) -> list[Delivery]:
    return [_signed(stripe.sign, body, settings.GATEWAYS["stripe"], at) for body in stripe_events(mix, seed=seed, at=at)]


def _upi(mix: Mix, seed: int, at: datetime) -> list[Delivery]:
    return [_signed(upi.sign, body, settings.GATEWAYS["upi"], at) for body in upi_events(mix, seed=seed, at=at)]


def _signed(sign: Signer, raw: bytes, secrets: dict[str, Any], at: datetime) -> Delivery:
    path, headers, body = sign(raw, secrets, at)
    return Delivery(path, headers, body)


SIMULATORS: dict[str, Simulator] = {
    "bank": _bank,
    "cellulant": _cellulant,
    "monnify": _monnify,
    "mpesa": _mpesa,
    "stripe": _stripe,
    "upi": _upi,
}
