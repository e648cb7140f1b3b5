"""Holds: money of a guarded account that is reserved, then posted in parts, voided, or given back when its time is over."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.ids import new_id
from core.sql import run
from ledger.errors import AccountNotGuarded, InsufficientFunds, InvalidTransfer, ReferenceConflict, UnknownHold
from ledger.models import Hold
from ledger.services.accounts import AccountFacts, accounts_for, refuse_by_state
from ledger.services.balance_rows import Movement, Movements, lock_rows, move
from ledger.services.expiring import release_due
from ledger.services.new_transfer import NewTransfer, Posted, check_amount, check_reference
from ledger.services.posting import post


def hold(*, account: str, amount_minor: int, reference: str, expires_at: datetime | None = None) -> Hold:
    """Reserve `amount_minor` of what the account has available. The same call again returns the hold it made.

    Raises InsufficientFunds, AccountNotGuarded, AccountFrozen, AccountClosed, UnknownAccount, AmountOutOfRange, InvalidTransfer,
    and ReferenceConflict when the reference holds another amount or account. Locks the reference, then the account's row.
    """
    check_amount(amount_minor)
    check_reference(reference)
    if expires_at is not None and expires_at.tzinfo is None:
        raise InvalidTransfer("expires_at must say its time zone.")
    with transaction.atomic():
        facts = accounts_for({account})[account]
        if not facts.guarded:
            raise AccountNotGuarded(f"{account} may fall below zero, so nothing is held on it.")
        if not _insert(facts, amount_minor, reference, expires_at):
            return _the_same(facts, amount_minor, reference)
        movements, available = _lock(facts)
        refuse_by_state([facts.id])
        if available < amount_minor:
            raise InsufficientFunds(f"{account} has {available} minor units available.")
        movements[facts.id].held += amount_minor
        move(movements)
        return Hold.objects.get(reference=reference)


def post_hold(
    hold_id: UUID,
    *,
    credit: str,
    amount_minor: int,
    reference: str,
    kind: str,
    effective_at: datetime | None = None,
    memo: str = "",
    fact: bool = False,
) -> Posted:
    """Post a part of a hold, or all of it, to `credit`: a `post` of one transfer that names the hold, refused as that is.

    A fact is booked even when the hold is gone: from what the account has available, then from `owed:<owner>`.
    """
    held = _get(hold_id)
    [posted] = post(
        [
            NewTransfer(
                debit=held.account.code,
                credit=credit,
                amount_minor=amount_minor,
                currency=held.currency,
                kind=kind,
                reference=reference,
                effective_at=effective_at or timezone.now(),
                memo=memo,
                fact=fact,
                hold_id=held.id,
            )
        ]
    )
    return posted


def void_hold(hold_id: UUID, *, amount_minor: int | None = None) -> Hold:
    """Give back `amount_minor` of what is open, or all of it. Voiding all of what was given back before is no error.

    Raises UnknownHold, HoldExceeded for more than is open, and HoldClosed when everything was posted.
    """
    with transaction.atomic():
        held = _get(hold_id)
        movements, _ = _lock_account_of(held)
        if amount_minor is None and not held.open_minor and held.posted_minor < held.amount_minor:
            move(movements)
            return held
        movements[held.account_id].held -= held.void(amount_minor)
        move(movements)
        return held


def extend_hold(hold_id: UUID, *, expires_at: datetime) -> Hold:
    """Let it live until another time. Raises UnknownHold, and HoldClosed when its time was over already."""
    with transaction.atomic():
        held = _get(hold_id)
        movements, _ = _lock_account_of(held)
        move(movements)
        held.extend(expires_at)
        return held


def expire_holds(*, now: datetime | None = None, limit: int = 500) -> int:
    """Give back what is due, oldest first, of the accounts that nobody is using. Returns how many holds expired."""
    now = now or timezone.now()
    with transaction.atomic():
        due = [account_id for (account_id,) in run("ledger", "lock_due_accounts", [now, limit]).rows]
        released = release_due(due, now=now)
        movements: Movements = {}
        for account in released:
            movements[account.account_id] = Movement()
            movements[account.account_id].held -= account.amount_minor
        move(movements)
        return sum(account.holds for account in released)


def _insert(account: AccountFacts, amount_minor: int, reference: str, expires_at: datetime | None) -> bool:
    columns = {
        "id": new_id(),
        "account_id": account.id,
        "currency": account.currency,
        "reference": reference,
        "amount_minor": amount_minor,
        "expires_at": expires_at,
    }
    return run("ledger", "insert_hold", columns).rowcount == 1


def _the_same(account: AccountFacts, amount_minor: int, reference: str) -> Hold:
    there = Hold.objects.get(reference=reference)
    if (there.account_id, there.amount_minor) != (account.id, amount_minor):
        raise ReferenceConflict(f"{reference!r} already holds something else.")
    return there


def _get(hold_id: UUID) -> Hold:
    held = Hold.objects.select_related("account").filter(pk=hold_id).first()
    if held is None:
        raise UnknownHold(f"There is no hold {hold_id}.")
    return held


def _lock(account: AccountFacts) -> tuple[Movements, int]:
    """The account's row, locked, and what is available in it once its due holds are given back."""
    movements = {account.id: Movement()}
    available = lock_rows(movements, [account])[account.id]
    return movements, available + movements[account.id].gain


def _lock_account_of(held: Hold) -> tuple[Movements, int]:
    locked = _lock(accounts_for({held.account.code})[held.account.code])
    held.refresh_from_db()
    return locked
