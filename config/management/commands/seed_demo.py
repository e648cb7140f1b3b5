"""`manage.py seed_demo`: the demo world, as often as you like."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from config.demo.credentials import who_may_enter
from config.demo.history import live_through_a_month
from config.demo.people import appoint_staff, enroll_everyone, install_gateway_tokens, welcome_merchant
from config.demo.shop import sell_some_books


class Command(BaseCommand):
    help = "Fill the demo world. Idempotent, and refused in production."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("The demo world has no place in production.")
        with transaction.atomic():
            enroll_everyone()
            appoint_staff()
            welcome_merchant()
            install_gateway_tokens()
        live_through_a_month()
        sell_some_books()
        for kind, email, told in who_may_enter():
            self.stdout.write(f"  {kind:<9} {email:<26} {told}")
