"""API keys are issued, rotated with overlap, and revoked. A secret is returned once, here, and known to nobody afterwards."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from access.errors import FixedKeyRefused, UnknownScope
from access.models import MERCHANT_SCOPES, PERSONAL_SCOPES, ApiKey, Merchant, User
from access.services import audit
from core.crypto import keyed_digest
from core.ids import new_id, public_id


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key and the only sight of its secret."""

    key: ApiKey
    secret: str = field(repr=False)

    @property
    def personal(self) -> str:
        """Both halves in one text, as a personal key is presented: `<key id>.<secret>`."""
        return f"{self.key.key_id}.{self.secret}"


def secret_digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return keyed_digest("api_key", secret)


@transaction.atomic
def issue_key(
    *,
    holder: Merchant | User,
    actor: str,
    reason: str,
    scopes: Iterable[str] | None = None,
    label: str = "",
    expires_at: datetime | None = None,
) -> IssuedKey:
    """A new key of a merchant, or a personal key of a user, with all the scopes its holder may have unless told otherwise.

    Raises UnknownScope for any other scope, or for none at all.
    """
    allowed = MERCHANT_SCOPES if isinstance(holder, Merchant) else PERSONAL_SCOPES
    wanted = sorted({str(scope) for scope in (allowed if scopes is None else scopes)})
    if not wanted or not set(wanted) <= set(allowed):
        raise UnknownScope(f"Such a key may have: {', '.join(sorted(allowed))}.")
    return _issue(_fresh_key_id(), _fresh_secret(), holder, wanted, actor, reason, label=label, expires_at=expires_at)


@transaction.atomic
def install_fixed_key(*, holder: Merchant | User, key_id: str, secret: str, actor: str, reason: str) -> ApiKey:
    """The demo's key, whose secret the README prints. Idempotent by `key_id`. Raises FixedKeyRefused in production."""
    if settings.IS_PRODUCTION:
        raise FixedKeyRefused
    standing = ApiKey.objects.filter(key_id=key_id).first()
    scopes = MERCHANT_SCOPES if isinstance(holder, Merchant) else PERSONAL_SCOPES
    return standing or _issue(key_id, secret, holder, scopes, actor, reason, label="demo").key


@transaction.atomic
def rotate_key(*, key: ApiKey, valid_until: datetime, actor: str, reason: str) -> IssuedKey:
    """A successor with the same holder, scopes and label; `key` itself is good until `valid_until` or its own earlier expiry.

    Locks the key: of two rotations at once one gets KeyAlreadyRotated. A revoked or expired key raises KeyNotValid.
    """
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    key.check_may_rotate(timezone.now())
    issued = _issue(
        _fresh_key_id(),
        _fresh_secret(),
        key.holder,
        key.scopes,
        actor,
        reason,
        label=key.label,
        expires_at=key.expires_at,
        replaces=key,
    )
    key.expire(valid_until)
    audit.record(
        actor=actor,
        act="access.rotate_key",
        target=key.key_id,
        reason=reason,
        after={"successor": issued.key.key_id, "expires_at": key.expires_at},
    )
    return issued


@transaction.atomic
def revoke_key(*, key: ApiKey, actor: str, reason: str) -> None:
    """Refuse the key from the next request on. Idempotent; locks the key."""
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    if key.revoked_at is None:
        key.revoke(timezone.now())
        audit.record(actor=actor, act="access.revoke_key", target=key.key_id, reason=reason)


def _fresh_key_id() -> str:
    return public_id("key", new_id())


def _fresh_secret() -> str:
    return f"secret_{secrets.token_urlsafe(32)}"


def _issue(
    key_id: str, secret: str, holder: Merchant | User, scopes: Sequence[str], actor: str, reason: str, **fields: Any
) -> IssuedKey:
    whose = {"merchant": holder} if isinstance(holder, Merchant) else {"user": holder}
    key = ApiKey.objects.create(key_id=key_id, secret_digest=secret_digest(secret), scopes=scopes, **whose, **fields)
    audit.record(
        actor=actor, act="access.issue_key", target=key_id, reason=reason, after={"holder": holder.actor, "scopes": scopes}
    )
    return IssuedKey(key, secret)
