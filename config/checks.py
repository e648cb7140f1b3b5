"""System checks that refuse to start production unsafely. Run by `manage.py check`, and by every process as it starts."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

TAG = "bursar"
MARKS_OF_A_DEFAULT = (
    "dev-only",
    "insecure",
    "change-me",
    "changeme",
    "change-in",
    "example",
    "test",
    "mock",
    "demo",
    "secret_key",
)


@checks.register(TAG)
def production_is_safe(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:
    """bursar.E001-E005, bursar.W001 and W002; nothing is said outside production."""
    if not settings.IS_PRODUCTION:
        return []
    found: list[checks.CheckMessage] = []
    if settings.DEBUG:
        found.append(checks.Error("DJANGO_DEBUG is on in production.", id="bursar.E001"))
    for name, value, least in _secrets():
        if len(value) < least or any(mark in value.lower() for mark in MARKS_OF_A_DEFAULT):
            hint = f"Set {name} to at least {least} random characters."
            found.append(checks.Error(f"{name} is missing, too short, or looks like a default.", hint=hint, id="bursar.E002"))
    if len(set(settings.ENCRYPTION_KEYS.values())) < len(settings.ENCRYPTION_KEYS) or any(
        len(set(key)) < 8 for key in settings.ENCRYPTION_KEYS.values()
    ):
        found.append(checks.Error("BURSAR_ENCRYPTION_KEYS holds a key twice, or one that is not random.", id="bursar.E003"))
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        found.append(checks.Error("ALLOWED_HOSTS must name the hosts that production answers for.", id="bursar.E004"))
    if "sandbox" in settings.INSTALLED_APPS:
        found.append(checks.Error("The sandbox is installed in production.", id="bursar.E005"))
    if not settings.DATABASE_ROLES_ARE_APART:
        found.append(
            checks.Warning(
                "DATABASE_OWNER_URL and DATABASE_URL name the same role: immutability rests on triggers alone.",
                hint="Give migrations an owner of their own, and the processes a role that owns nothing.",
                id="bursar.W001",
            )
        )
    if not settings.STAFF_SECOND_FACTOR:
        found.append(
            checks.Warning("STAFF_SECOND_FACTOR is off in production: a password alone opens the back office.", id="bursar.W002")
        )
    return found


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured with every error found: a server or worker runs no `manage.py check` of its own."""
    errors = [message for message in checks.run_checks(tags=[TAG]) if message.is_serious(checks.ERROR)]
    if errors:
        raise ImproperlyConfigured("\n".join(str(error) for error in errors))


def _secrets() -> list[tuple[str, str, int]]:
    secrets = [("DJANGO_SECRET_KEY", settings.SECRET_KEY, 50), ("BURSAR_HMAC_KEY", settings.HMAC_KEY.decode(), 32)]
    # A gateway that is not used has no secret; one that is set must be a real one.
    presented = [("CELLULANT_BEARER_TOKEN", settings.CELLULANT_BEARER_TOKEN)]
    presented += [("DARAJA_CALLBACK_TOKEN", settings.GATEWAYS["mpesa"]["callback_token"])]
    presented += [("BANK_WEBHOOK_SECRET", secret) for secret in settings.GATEWAYS["bank"]["webhook_secrets"]]
    return secrets + [(name, value, 24) for name, value in presented if value]
