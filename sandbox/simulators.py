"""Who can be simulated: gateway name → what it sends."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from sandbox.cellulant.notification import delivery
from sandbox.cellulant.simulation import notifications
from sandbox.delivery import Delivery
from sandbox.mix import Mix

Simulator = Callable[[Mix, int, datetime], list[Delivery]]
"""(mix, seed, first timestamp) → deliveries in sending order."""


def _cellulant(mix: Mix, seed: int, at: datetime) -> list[Delivery]:
    token: str = settings.CELLULANT_BEARER_TOKEN
    return [delivery(notification.body(), token) for notification in notifications(mix, seed=seed, at=at)]


SIMULATORS: dict[str, Simulator] = {"cellulant": _cellulant}
