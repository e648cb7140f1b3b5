"""Tokens of gateways are installed, rotated with overlap, and revoked. A token is returned once, here, and kept as a digest."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from access import gateway_tokens
from access.errors import TwoTokensStand, UnfitToken, UnknownToken
from access.models import GatewayToken
from access.services import audit

_FIT = re.compile(r"[\x21-\x7e]{16,512}", re.ASCII)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A row and the only sight of its token."""

    row: GatewayToken
    token: str = field(repr=False)


@transaction.atomic
def install_token(
    *,
    gateway: str,
    token: str,
    kind: str = GatewayToken.Kind.BEARER,
    actor: str = "system:settings",
    reason: str = "The settings name this token.",
) -> GatewayToken:
    """Let `gateway` present `token`. Idempotent: a token that was ever installed is left as it is, a revoked one revoked.

    Raises UnfitToken for one that is too short, too long or not printable, TwoTokensStand when both slots are taken.
    """
    if not _FIT.fullmatch(token):
        raise UnfitToken
    _lock(gateway, kind)
    installed = GatewayToken.objects.filter(gateway=gateway, kind=kind, digest=gateway_tokens.token_digest(token)).first()
    return installed or _stand(gateway, kind, token, "access.install_token", actor, reason)


@transaction.atomic
def rotate_token(*, gateway: str, kind: str, overlap: timedelta, actor: str, reason: str) -> IssuedToken:
    """A fresh random token, valid now; the one that stood is good for `overlap` more, or until its own earlier end.

    Locks the gateway's tokens. Raises TwoTokensStand while the rotation before this one still overlaps.
    """
    _lock(gateway, kind)
    now = timezone.now()
    for standing in _free_expired(gateway, kind, now):
        standing.end(now + max(overlap, timedelta()))
    # Hexadecimal, because a path token is part of a URL in which gateways forbid some words.
    token = secrets.token_hex(32)
    return IssuedToken(_stand(gateway, kind, token, "access.rotate_token", actor, reason), token)


@transaction.atomic
def revoke_token(*, token_id: UUID, actor: str, reason: str) -> None:
    """Refuse the token, in every process within the few seconds that its snapshot lives. Idempotent. Raises UnknownToken."""
    token = GatewayToken.objects.select_for_update().filter(pk=token_id).first()
    if token is None:
        raise UnknownToken
    if token.revoked_at is None:
        token.revoke(timezone.now())
        _record("access.revoke_token", token, actor, reason)


def _lock(gateway: str, kind: str) -> None:
    """One change at a time to a gateway's tokens, even while it has no row that could be locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"gateway_token:{gateway}:{kind}"])


def _free_expired(gateway: str, kind: str, now: datetime) -> list[GatewayToken]:
    """Retire what has expired, and return what still stands."""
    tokens = list(GatewayToken.objects.standing().filter(gateway=gateway, kind=kind))
    for token in tokens:
        if token.valid_until is not None and token.valid_until <= now:
            token.retire()
    return [token for token in tokens if token.slot is not None]


def _stand(gateway: str, kind: str, token: str, act: str, actor: str, reason: str) -> GatewayToken:
    now = timezone.now()
    free = {1, 2} - {standing.slot for standing in _free_expired(gateway, kind, now)}
    if not free:
        raise TwoTokensStand
    row = GatewayToken.objects.create(
        gateway=gateway, kind=kind, digest=gateway_tokens.token_digest(token), slot=min(free), valid_from=now
    )
    _record(act, row, actor, reason)
    return row


def _record(act: str, row: GatewayToken, actor: str, reason: str) -> None:
    audit.record(
        actor=actor, act=act, target=f"gateway_token:{row.id}", reason=reason, after={"gateway": row.gateway, "kind": row.kind}
    )
    transaction.on_commit(gateway_tokens.forget)
