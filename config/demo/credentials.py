"""Who may enter the demo world, and with what: every run tells it, and only what is true when it does."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from django.contrib.auth.hashers import check_password
from django.utils import timezone
from django.utils.crypto import salted_hmac

from access.models import ApiKey, User

MERCHANT_EMAIL, MERCHANT_PASSWORD = "test@example.com", "test123"
KEY_ID, KEY_SECRET = "key_test_abc123", "secret_test_xyz789"
ROLES = ("viewer", "officer", "approver")
ADMIN = "admin"


class Credentials(NamedTuple):
    """What opens the door, or why it does not, in words for a terminal."""

    kind: str
    email: str
    told: str


def email_of(role: str) -> str:
    return f"{role}@bursar.example"


def password_of(role: str) -> str:
    """Nobody guesses it, and every run knows it without keeping it: it comes of this installation's own secret key."""
    digest = salted_hmac("bursar.demo.staff", role, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:12]).decode()


def who_may_enter() -> list[Credentials]:
    """Staff and the merchant. A password is told when it opens the door: somebody may have set another."""
    meant = {email_of(role): ("staff", password_of(role)) for role in (*ROLES, ADMIN)}
    meant[MERCHANT_EMAIL] = ("merchant", MERCHANT_PASSWORD)
    users = {user.email: user for user in User.objects.filter(email__in=meant)}
    # Half a second each, and two at a time is what the hasher allows.
    with ThreadPoolExecutor(2) as hands:
        asked = [(password, users[email].password) for email, (_, password) in meant.items()]
        right = list(hands.map(lambda pair: check_password(*pair), asked))
    entries = [
        Credentials(kind, email, _told(users[email], password, opens))
        for (email, (kind, password)), opens in zip(meant.items(), right, strict=True)
    ]
    return [*entries, Credentials("", "its key", _key())]


def _told(user: User, password: str, opens: bool) -> str:
    if not user.is_active:
        return "(is switched off)"
    return password if opens else f"(has another password; manage.py changepassword {user.email} sets a new one)"


def _key() -> str:
    stands = ApiKey.objects.valid_at(timezone.now()).filter(key_id=KEY_ID, merchant__is_active=True).exists()
    return f"{KEY_ID} / {KEY_SECRET}" if stands else f"({KEY_ID} was revoked, or has expired)"
