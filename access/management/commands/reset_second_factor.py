"""`manage.py reset_second_factor EMAIL --actor EMAIL --reason "…"`: for a phone that is lost with its recovery codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.models import User
from access.services.second_factor import reset_second_factor
from core.errors import BursarError


class Command(BaseCommand):
    help = "Take a user's second factor away and sign them out everywhere; their next sign-in enrolls another. Be sure who asks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="Whose second factor.")
        parser.add_argument("--actor", required=True, help="Who does it: the e-mail of a user, or system:… for a program.")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, email: str, actor: str, reason: str, **options: Any) -> None:
        actor = actor if actor.startswith("system:") else _user(actor).actor
        try:
            reset_second_factor(user=_user(email), actor=actor, reason=reason)
        except BursarError as refused:
            raise CommandError(refused.detail) from refused
        self.stdout.write(f"{email} sets up another authenticator at the next sign-in.")


def _user(email: str) -> User:
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise CommandError(f"Nobody signs in as {email}.")
    return user
