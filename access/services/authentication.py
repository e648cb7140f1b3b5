"""Whose key is this? The check takes the same steps for a known key and an unknown one, and compares digests in constant time."""

import hmac
import re

from django.utils import timezone

from access.errors import InvalidApiKey
from access.models import ApiKey, User
from access.services.api_keys import secret_digest

_KEY_ID = re.compile(r"key_[A-Za-z0-9_]{1,64}", re.ASCII)
_SECRET = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_NOBODYS = bytes(32)


def merchant_key(*, key_id: str, secret: str) -> ApiKey:
    """The merchant's key behind `X-Api-Key` and `X-Api-Secret`, its merchant loaded; notes the use. Raises InvalidApiKey."""
    key = _verify(key_id, secret)
    if key.merchant is None or not key.merchant.is_active or not key.merchant.owner.is_active:
        raise InvalidApiKey
    return key


def personal_key(*, presented: str) -> ApiKey:
    """The user's key behind `<key id>.<secret>`, its user loaded; notes the use. Raises InvalidApiKey."""
    key_id, _, secret = presented.partition(".")
    key = _verify(key_id, secret)
    if key.user is None or not key.user.is_active:
        raise InvalidApiKey
    return key


def users_key(*, email: str, presented: str) -> tuple[User, ApiKey]:
    """The user of this address and their key, `<key id>.<secret>`: a personal one, or one of a merchant they own.

    Raises InvalidApiKey, whatever it is that is wrong.
    """
    key_id, _, secret = presented.partition(".")
    key = _verify(key_id, secret)
    user = key.merchant.owner if key.merchant else key.user
    if user is None or user.email != email.lower() or not user.is_active or not key.holder.is_active:
        raise InvalidApiKey
    return user, key


def _verify(key_id: str, secret: str) -> ApiKey:
    readable = bool(_KEY_ID.fullmatch(key_id) and _SECRET.fullmatch(secret))
    digest = secret_digest(secret if readable else "")
    key = ApiKey.objects.select_related("merchant__owner", "user").filter(key_id=key_id if readable else "").first()
    right = hmac.compare_digest(bytes(key.secret_digest) if key else _NOBODYS, digest)
    now = timezone.now()
    if key is None or not right or not key.is_valid_at(now):
        raise InvalidApiKey
    key.note_use(now)
    return key
