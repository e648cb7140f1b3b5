"""Between password and second factor nobody is signed in. The session remembers whose password was given, for ten minutes."""

import secrets
import time
from base64 import b64decode, b64encode
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from access.models import User
from core.crypto import keyring

LASTS_SECONDS = 600
_PLACE = "signing_in"


class Pending(NamedTuple):
    """Somebody who gave a password: where they want to go, and the key that an authenticator of theirs would get."""

    user: User
    target: str
    key: bytes
    replacing: bool
    """Are they signed in, and about to replace their authenticator?"""


def begin(request: HttpRequest, user: User, target: str, *, replacing: bool = False) -> None:
    """Remember that this session's owner gave the user's password just now, under a session key of its own.

    The key of an authenticator to be is drawn here, so that it belongs to this session alone, and is sealed like those that are.
    """
    request.session.cycle_key()
    request.session[_PLACE] = {
        "user": str(user.pk),
        "hash": user.get_session_auth_hash(),
        "at": int(time.time()),
        "target": target,
        "key": b64encode(keyring().seal(secrets.token_bytes(20))).decode(),
        "replacing": replacing,
    }


def read(request: HttpRequest) -> Pending | None:
    """Who gave a password in this session, if that still holds: not too long ago, still let in, with that same password."""
    kept = request.session.get(_PLACE)
    if kept is None or not 0 <= time.time() - kept["at"] < LASTS_SECONDS:
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True, is_staff=True).first()
    if user is None or not constant_time_compare(kept["hash"], user.get_session_auth_hash()):
        return None
    if kept["replacing"] and request.user != user:
        return None
    return Pending(user, kept["target"], keyring().open(b64decode(kept["key"])), kept["replacing"])


def end(request: HttpRequest) -> None:
    """Forget it."""
    request.session.pop(_PLACE, None)
