"""Signing in over the API: a short access token to call with, and a refresh token that is good for one exchange.

A spent refresh token that comes back was copied by somebody, and nobody can tell by whom: the whole family ends, its access
tokens too, from the next request on. Password and session generation are part of what a sign-in believes: either one ends it.
"""

import secrets
import time
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from access.errors import InvalidToken
from access.models import ApiKey, RefreshToken, SignIn, User
from access.services import audit
from core.crypto import keyed_digest
from core.errors import MalformedId
from core.ids import parse_public_id, public_id

_DECIDING = ("user", "key__user", "key__merchant")
"""What a sign-in is good by, besides itself."""


class Tokens(NamedTuple):
    """What a user signs in for. Both are secrets, told once."""

    access: str
    refresh: str
    expires_in: int
    user: User

    def __repr__(self) -> str:
        return f"<Tokens of {self.user.actor}>"


@transaction.atomic
def start(*, user: User, key: ApiKey | None = None) -> Tokens:
    """Tokens for a user who has just proved who they are; if by a key of theirs, they may do what the key may."""
    now = timezone.now()
    until = now + settings.SIGN_IN_LASTS_AT_MOST
    sign_in = SignIn.objects.create(user=user, key=key, believed=user.get_session_auth_hash(), created_at=now, expires_at=until)
    return _issue(sign_in, now)


def refresh(*, presented: str) -> Tokens:
    """The next pair of tokens, once. Raises InvalidToken; for a spent token it ends the family first. Locks the family."""
    digest = _digest(presented)
    with transaction.atomic():
        found = RefreshToken.objects.filter(digest=digest).values_list("sign_in_id", flat=True).first()
        if found is None:
            raise InvalidToken
        # The lock is the family's, so that a rotation and a revocation of it never pass each other.
        sign_in = SignIn.objects.select_for_update(of=("self",)).select_related(*_DECIDING).get(pk=found)
        token = RefreshToken.objects.select_related("successor").get(digest=digest)
        now = timezone.now()
        if sign_in.is_good_at(now) and not token.is_spent:
            return _issue(sign_in, now, replaces=token)
        if token.is_spent and sign_in.ended_at is None:
            sign_in.end(SignIn.Ended.REUSE, now)
            audit.record(
                actor="system:sign_in",
                act="access.end_sign_in",
                target=sign_in.user.actor,
                reason="A spent refresh token came back.",
                after={"sign_in": public_id("signin", sign_in.pk)},
            )
    raise InvalidToken


@transaction.atomic
def end(*, presented: str) -> None:
    """Sign out: the family of this refresh token ends. An unknown token ends nothing, and is no error. Locks the family."""
    found = RefreshToken.objects.filter(digest=_digest(presented)).values_list("sign_in_id", flat=True).first()
    if found is not None:
        SignIn.objects.select_for_update().get(pk=found).end(SignIn.Ended.LOGOUT, timezone.now())


def behind(*, access: str) -> SignIn:
    """The sign-in of this access token with its user and key, by one query. Raises InvalidToken."""
    try:
        claims = AccessToken(access)  # type: ignore[arg-type] # the library means the text, its annotation its own class
        identity = parse_public_id("signin", str(claims["sid"]))
    except (TokenError, KeyError, MalformedId) as unfit:
        raise InvalidToken from unfit
    sign_in = SignIn.objects.select_related(*_DECIDING).filter(pk=identity).first()
    if sign_in is None or not sign_in.is_good_at(timezone.now()):
        raise InvalidToken
    return sign_in


def forget(*, batch: int = 2000, seconds: float = 20) -> int:
    """Delete sign-ins that have run out, with their tokens, until none is left or the time is up. Returns how many sign-ins.

    Until then a spent token is known for what it is.
    """
    deadline, forgotten = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        old = list(
            SignIn.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at").values_list("pk", flat=True)[:batch]
        )
        SignIn.objects.filter(pk__in=old).delete()
        forgotten += len(old)
        if len(old) < batch:
            break
    return forgotten


def _issue(sign_in: SignIn, now: datetime, replaces: RefreshToken | None = None) -> Tokens:
    presented = f"refresh_{secrets.token_urlsafe(RefreshToken.SECRET_BYTES)}"
    RefreshToken.objects.create(sign_in=sign_in, digest=_digest(presented), replaces=replaces, created_at=now)
    access = AccessToken()
    access["sub"] = str(sign_in.user.pk)
    access["sid"] = public_id("signin", sign_in.pk)
    lifetime: timedelta = access.lifetime
    return Tokens(str(access), presented, int(lifetime.total_seconds()), sign_in.user)


def _digest(presented: str) -> bytes:
    return keyed_digest("refresh_token", presented)
