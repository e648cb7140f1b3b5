"""Four eyes: one person asks, another decides, and what was decided is carried out once, exactly as it was asked for.

An app registers each kind of act in its `ready()`: how it looks before it is done, and how it is done. The payload says all that
it takes, so that what the approver saw is what happens; its digest is stored with the request, and checked by the database with
every change. What a kind books it names under `transfer`; above a limit the ledger's own trigger books nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from access.errors import (
    AlreadyRequested,
    ApprovalAltered,
    ApprovalClosed,
    ApprovalExpired,
    MayNotApprove,
    MayNotWithdraw,
    NotTheRequester,
    OwnApproval,
    UnknownApproval,
    UnknownApprovalKind,
)
from access.models import Approval, Merchant, User
from access.services import audit

EXPIRES_AFTER = timedelta(hours=72)
WITHDRAWS = "access.withdraw"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a journal: minor units of `currency`, one of the two zero."""

    account: str
    debit_minor: int
    credit_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would do: one sentence for people, what would be booked, and what should make them pause."""

    summary: str
    lines: tuple[Line, ...] = ()
    warnings: tuple[str, ...] = ()
    needs_approval: bool = False


class Kind(NamedTuple):
    """How a kind of act looks before it is done (from the payload alone; it writes nothing) and how it is done."""

    preview: Callable[[Mapping[str, Any]], Preview]
    execute: Callable[[Approval], Mapping[str, Any]]
    permission: str
    at_once: bool


_kinds: dict[str, Kind] = {}


def register(
    kind: str,
    *,
    preview: Callable[[Mapping[str, Any]], Preview],
    execute: Callable[[Approval], Mapping[str, Any]],
    permission: str = "access.approve",
    at_once: bool = True,
) -> None:
    """Let acts of this kind (`app.verb`) be asked for.

    `preview` takes the payload and raises what the act would raise. `execute` takes the approval, in the transaction that decides
    it when `at_once`, and answers public ids of what came of it. `permission` is what an approver holds: `<app>.approve…`.
    """
    _kinds[kind] = Kind(preview, execute, permission, at_once)


def preview(kind: str, payload: Mapping[str, Any]) -> Preview:
    """What would be done if it were approved now. Raises UnknownApprovalKind, and whatever forbids the act as things are."""
    return _kind(kind).preview(payload)


@transaction.atomic
def request(*, kind: str, payload: Mapping[str, Any], actor: str, reason: str, expires_at: datetime | None = None) -> Approval:
    """Ask for an act; `expires_at` is in 72 hours unless said otherwise, in 30 days at the latest.

    The payload holds texts, whole numbers, booleans and None, nested as it needs. Idempotent: what the same actor asked for
    already, and nobody has decided, is returned as it stands; AlreadyRequested when it was another. Raises what `preview` raises.
    """
    audit.check_said(actor, reason)
    _check_plain(payload)
    seen, now = preview(kind, payload), timezone.now()
    digest = _digest(kind, payload)
    _one_at_a_time(digest)
    standing = Approval.objects.waiting(now).filter(digest=digest).first()
    if standing is not None:
        if standing.requester != actor:
            raise AlreadyRequested
        return standing
    approval = Approval.objects.create(
        kind=kind,
        payload=payload,
        digest=digest,
        summary=seen.summary,
        permission=_kind(kind).permission,
        requester=actor,
        reason=reason,
        requested_at=now,
        expires_at=expires_at or now + EXPIRES_AFTER,
    )
    _record("access.request_approval", approval, actor, reason, summary=approval.summary, sha256=digest)
    return approval


@transaction.atomic
def approve(*, approval_id: UUID, actor: str, reason: str) -> Approval:
    """Agree, as active staff with the permission and not as the requester; most kinds are carried out in the same transaction.

    What forbids the act by now is raised, and leaves the request as it was. Raises UnknownApproval, MayNotApprove, OwnApproval,
    ApprovalClosed, ApprovalExpired, ApprovalAltered. Locks the approval, then what the act locks.
    """
    approval = _lock(approval_id)
    kind = _kind(approval.kind)
    person = _decider(approval, actor)
    audit.check_said(actor, reason)
    approval.approve(approver=person.actor, reason=reason, at=timezone.now())
    _record("access.approve", approval, person.actor, reason)
    if kind.at_once:
        _carry_out(approval, kind)
    return approval


@transaction.atomic
def reject(*, approval_id: UUID, actor: str, reason: str) -> Approval:
    """Refuse what was asked for, for good. Who may is who may approve; raises what `approve` raises."""
    approval = _lock(approval_id)
    person = _decider(approval, actor)
    audit.check_said(actor, reason)
    approval.reject(approver=person.actor, reason=reason, at=timezone.now())
    _record("access.reject", approval, person.actor, reason)
    return approval


@transaction.atomic
def cancel(*, approval_id: UUID, actor: str, reason: str) -> Approval:
    """Withdraw one's own request, also an expired one. Whoever of the staff has lost their role changes nothing, this neither.

    Raises UnknownApproval, NotTheRequester, MayNotWithdraw, ApprovalClosed.
    """
    approval = _lock(approval_id)
    if approval.requester != actor:
        raise NotTheRequester
    if _user_id(actor) and not ((person := _staff(actor)) and person.has_perm(WITHDRAWS)):
        raise MayNotWithdraw
    audit.check_said(actor, reason)
    approval.cancel(reason=reason, at=timezone.now())
    _record("access.cancel_approval", approval, actor, reason)
    return approval


@transaction.atomic
def execute(*, approval_id: UUID, actor: str, reason: str) -> Approval:
    """Carry out what was approved but not at once, for the one time it may be; two people have agreed, so anyone may.

    Raises UnknownApproval, ApprovalClosed, ApprovalExpired, ApprovalAltered, and whatever forbids the act by now.
    """
    approval = _lock(approval_id)
    _carry_out(approval, _kind(approval.kind))
    _record("access.execute", approval, actor, reason)
    return approval


def may_decide(approval: Approval, actor: str) -> bool:
    """Would the database take this person's decision, as long as nobody else decides first?"""
    try:
        check_may_decide(approval, actor)
    except (MayNotApprove, OwnApproval, ApprovalClosed, ApprovalExpired):
        return False
    return True


def check_may_decide(approval: Approval, actor: str) -> None:
    """Raises what `approve` would say to this person: MayNotApprove, OwnApproval, ApprovalClosed, ApprovalExpired."""
    _decider(approval, actor)
    approval.check_undecided(timezone.now())


def is_unaltered(approval: Approval) -> bool:
    """Does its digest fit its payload? The database sees to it; this is for whoever asks all the same."""
    return approval.digest == _digest(approval.kind, approval.payload)


def _kind(name: str) -> Kind:
    if name not in _kinds:
        raise UnknownApprovalKind(f"Nothing is registered as {name[:60]!r}.")
    return _kinds[name]


def _lock(approval_id: UUID) -> Approval:
    """The row, locked, and still what was asked for."""
    approval = Approval.objects.select_for_update(no_key=True).filter(pk=approval_id).first()
    if approval is None:
        raise UnknownApproval
    if not is_unaltered(approval):
        raise ApprovalAltered
    return approval


def _carry_out(approval: Approval, kind: Kind) -> None:
    approval.check_approved(timezone.now())
    approval.finish(kind.execute(approval), at=timezone.now())


def _decider(approval: Approval, actor: str) -> User:
    """Who decides it, by the rows as they are now: who was just switched off decides nothing, whatever a session says.

    Raises MayNotApprove, OwnApproval.
    """
    person = _staff(actor)
    if person is None or not person.has_perm(approval.permission):
        raise MayNotApprove
    own = {person.actor, *(merchant.actor for merchant in Merchant.objects.filter(owner=person))}
    if approval.requester in own:
        raise OwnApproval
    return person


def _staff(actor: str) -> User | None:
    user_id = _user_id(actor)
    return User.objects.filter(pk=user_id, is_active=True, is_staff=True).first() if user_id else None


def _user_id(actor: str) -> UUID | None:
    word, _, identity = actor.partition(":")
    try:
        return UUID(identity) if word == "user" else None
    except ValueError:
        return None


def _check_plain(value: Any) -> None:
    """Only what jsonb gives back as it was: a float might be spelled otherwise, and no money is a float."""
    match value:
        case Mapping():
            for name, inner in value.items():
                _check_plain(name)
                _check_plain(inner)
        case list() | tuple():
            for inner in value:
                _check_plain(inner)
        case None | bool() | int() | str():
            pass
        case _:
            raise TypeError(f"a payload does not hold {type(value).__name__}")


def _digest(kind: str, payload: Mapping[str, Any]) -> str:
    with connection.cursor() as cursor:
        adapted = Approval._meta.get_field("payload").get_db_prep_value(payload, connection)
        cursor.execute("SELECT approval_digest(%s, %s)", [kind, adapted])
        return str(cursor.fetchone()[0])


def _one_at_a_time(digest: str) -> None:
    """A form that is sent twice asks once: the second waits here, and finds what the first asked for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"approval:{digest}"])


def _record(act: str, approval: Approval, actor: str, reason: str, **said: Any) -> None:
    audit.record(
        actor=actor,
        act=act,
        target=approval.public_id,
        reason=reason,
        after={"kind": approval.kind, "status": approval.status, **said},
    )
