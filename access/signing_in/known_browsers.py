"""A browser in which somebody has signed in before keeps a mark of that account, so that strangers can't lock it out there.

The mark is no credential: it only gives the browser a count of its own. It is made anew at each sign-in.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core.crypto import keyed_digest

LASTS = timedelta(days=90)


def mark_of(request: HttpRequest, account: str) -> str:
    """The browser's mark of this account, "" when it has none."""
    try:
        return _signer(account).unsign(request.COOKIES.get(_cookie(account), ""), max_age=LASTS)
    except BadSignature:
        return ""


def remember(response: HttpResponse, account: str) -> None:
    """Leave a mark of this account in the browser."""
    response.set_cookie(
        _cookie(account),
        _signer(account).sign(secrets.token_urlsafe(16)),
        max_age=LASTS,
        path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _cookie(account: str) -> str:
    # One cookie for each account, named so that the cookie jar of a shared desk tells nobody who works there.
    return f"known_{keyed_digest('known_browser', account).hex()[:16]}"


def _signer(account: str) -> TimestampSigner:
    return TimestampSigner(salt=f"access.known_browser:{account}")
