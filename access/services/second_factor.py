"""Second factors are enrolled, proved, renewed and reset. Recovery codes leave here once, for the eyes of their owner."""

from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from access.errors import SecondFactorStands, UnknownUser, WrongCode
from access.models import Authenticator, RecoveryCode, User
from access.models.second_factor import as_typed, fresh_recovery_code, recovery_digest, step_of
from access.services import audit

RECOVERY_CODES = 10


class Proof(NamedTuple):
    """Which factor was proved, in words for the audit trail, and the authenticator that a session is to name."""

    authenticator: Authenticator
    by: str


class Enrolled(NamedTuple):
    """A new authenticator and the only sight of the recovery codes that came with it."""

    authenticator: Authenticator
    recovery_codes: list[str]


@transaction.atomic
def enroll(*, user: User, key: bytes, code: str, replacing: bool = False) -> Enrolled:
    """Make `key` the user's authenticator, once `code` has proved that their app holds it.

    Locks the user. Raises WrongCode; SecondFactorStands when there is an authenticator and it is not said to be replaced. What it
    replaces is gone with its recovery codes, and with every session that it had opened.
    """
    now = timezone.now()
    step = step_of(key, as_typed(code), now)
    if step is None:
        raise WrongCode
    user = _locked(user)
    if Authenticator.objects.filter(user=user).exists() and not replacing:
        raise SecondFactorStands
    Authenticator.objects.filter(user=user).delete()
    authenticator = Authenticator.objects.create(user=user, key=key, last_step=step, last_used_at=now)
    codes = _fresh_codes(user)
    reason = "A new authenticator replaces the one before." if replacing else "The first sign-in asks for a second factor."
    _record(user, "access.enroll_second_factor", user.actor, reason)
    return Enrolled(authenticator, codes)


@transaction.atomic
def prove(*, user: User, code: str) -> Proof:
    """Take a code of the user's authenticator or one of their recovery codes, as typed; each is good once. Raises WrongCode.

    Locks the authenticator, so that of two requests with one code only the first is believed.
    """
    typed, now = as_typed(code), timezone.now()
    authenticator = Authenticator.objects.select_for_update().filter(user=user).first()
    if authenticator is None:
        raise WrongCode
    if authenticator.accept(typed, now):
        return Proof(authenticator, "authenticator")
    if RecoveryCode.objects.unused().filter(user=user, digest=recovery_digest(typed)).update(used_at=now):
        return Proof(authenticator, "recovery code")
    raise WrongCode


@transaction.atomic
def renew_recovery_codes(*, user: User) -> list[str]:
    """Fresh recovery codes; those before them are worth nothing any more. Locks the user."""
    user = _locked(user)
    codes = _fresh_codes(user)
    _record(user, "access.renew_recovery_codes", user.actor, "Asked for by their owner.")
    return codes


@transaction.atomic
def reset_second_factor(*, user: User, actor: str, reason: str) -> None:
    """Take the user's second factor away, and end every session of theirs; the next sign-in enrolls another. Locks the user."""
    user = _locked(user)
    had = Authenticator.objects.filter(user=user).exists()
    Authenticator.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    user.end_sessions()
    audit.record(
        actor=actor,
        act="access.reset_second_factor",
        target=user.actor,
        reason=reason,
        before={"enrolled": had},
        after={"enrolled": False},
    )


def _locked(user: User) -> User:
    locked = User.objects.select_for_update().filter(pk=user.pk).first()
    if locked is None:
        raise UnknownUser
    return locked


def _fresh_codes(user: User) -> list[str]:
    codes = [fresh_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=recovery_digest(code)) for code in codes)
    return codes


def _record(user: User, act: str, actor: str, reason: str) -> None:
    audit.record(actor=actor, act=act, target=user.actor, reason=reason, after={"recovery_codes": RECOVERY_CODES})
