from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from sandbox.far.__main__ import add_options


class Command(BaseCommand):
    help = "The gateways' far side as a server of its own: it takes our calls, plays the payer, and calls back."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_options(parser)

    def handle(self, *, port: int, tell: str, seed: int, state: str, pace: float, **_: Any) -> None:
        from sandbox.far.serving import serve

        serve(secrets=settings.GATEWAYS, port=port, tell=tell or settings.PUBLIC_URL, seed=seed, state=state, pace=pace)
