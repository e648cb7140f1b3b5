"""Who looks at the pages that pictures are taken of: the demo's staff, and some who stand at the door or own a second factor."""

import secrets
import time
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.test import Client

DOMAIN = "bursar.example"
GRACE = "grace"
"""She has a second factor; nobody else of the demo does."""
LEAVER = "leaver"
"""The viewer, in a session that is to be ended."""
AT_THE_DOOR = {"newcomer": ("viewer", False), "expected": (GRACE, False), "replacing": (GRACE, True)}
"""Who has given a password and is asked for more: who it is, and whether they are in already and replace their authenticator."""


def furnish_people() -> None:
    """Grace with an authenticator, and Moses who has no role yet."""
    from access.models import User
    from access.services.roles import assign_role

    if not User.objects.filter(email=f"{GRACE}@{DOMAIN}").exists():
        grace = User.objects.create_user(f"{GRACE}@{DOMAIN}", full_name="Grace Wanjiru")
        assign_role(user=grace, role="officer", actor="system:pictures", reason="Works in the finance office.")
        User.objects.create_user(f"new@{DOMAIN}", full_name="Moses Kiptoo", is_staff=True)
        _enroll(grace)


def person(name: str) -> Any:
    from access.models import User

    return User.objects.get(email=f"{name}@{DOMAIN}")


def session_of(role: str) -> str:
    """The key of a fresh session, "" for a stranger."""
    if not role:
        return ""
    if role in AT_THE_DOOR:
        name, replacing = AT_THE_DOOR[role]
        return _waiting(person(name), replacing=replacing)
    return _entered(person("viewer" if role == LEAVER else role)).session_key or ""


def _entered(user: Any) -> Any:
    from django_otp import DEVICE_ID_SESSION_KEY

    from access.models import Authenticator

    browser = Client()
    browser.force_login(user)
    session: Any = browser.session
    if (authenticator := Authenticator.objects.filter(user=user).first()) is not None:
        session[DEVICE_ID_SESSION_KEY] = authenticator.persistent_id
        session.save()
    return session


def _waiting(user: Any, *, replacing: bool) -> str:
    from access.signing_in import pending

    request = HttpRequest()
    request.session = _entered(user) if replacing else import_module(settings.SESSION_ENGINE).SessionStore()
    pending.begin(request, user, "/admin/", replacing=replacing)
    request.session.save()
    return request.session.session_key or ""


def _enroll(user: Any) -> None:
    """An authenticator whose key nobody keeps: no picture needs a code of it."""
    from django_otp.oath import TOTP

    from access.services.second_factor import enroll

    key = secrets.token_bytes(20)
    totp = TOTP(key)
    totp.time = time.time()
    enroll(user=user, key=key, code=f"{totp.token():06d}", replacing=True)
