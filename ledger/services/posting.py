"""Booking transfers: the one function through which money moves."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from core.sql import instant_array, plain_array, run, text_array
from ledger.errors import CurrencyMismatch, ReferenceConflict
from ledger.services import balance_rows
from ledger.services.accounts import AccountFacts, accounts_for, refuse_by_state
from ledger.services.drawing import draw
from ledger.services.lending import loans_for
from ledger.services.new_transfer import NewTransfer, Posted
from ledger.services.planning import force_index_lookups
from ledger.services.references import claim

__all__ = ["NewTransfer", "Posted", "post"]


def post(transfers: Sequence[NewTransfer]) -> list[Posted]:
    """Book all of them or none, in a handful of statements whatever their number; answers stand in the order of the arguments.

    Must run inside a transaction, and a refusal makes the innermost atomic block roll back. What is booked already under its
    reference is answered with `new=False`; under the same reference something else raises ReferenceConflict. Other refusals:
    UnknownAccount, InvalidAccountCode, CurrencyMismatch, what `draw` refuses of a hold, and, for what is no fact, AccountFrozen,
    AccountClosed and InsufficientFunds. What a fact takes beyond a guarded account's means its owner owes: a second transfer
    (kind `shortfall`) lends it from `owed:<owner>:<cur>`.

    Locks: references in order, then a free slot of each hot account by id, then the balance rows of ordinary accounts by id;
    such a row also covers the account's holds. The transaction's planner is left on index lookups.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("post() needs a transaction: what it books must stand or fall with what it is for.")
    batch = _one_each(transfers)
    if not batch:
        return []
    with transaction.atomic(savepoint=False):
        force_index_lookups()
        accounts = accounts_for({code for transfer in batch.values() for code in (transfer.debit, transfer.credit)})
        _check_currencies(batch.values(), accounts)
        booked = claim(batch.values(), accounts)
        fresh = [transfer for transfer in batch.values() if transfer.reference not in booked]
        loans = _book(fresh, accounts) if fresh else {}
    answers = {reference: Posted(transfer_id, new=False) for reference, transfer_id in booked.items()}
    for transfer in fresh:
        loan = loans.get(transfer.reference)
        answers[transfer.reference] = Posted(transfer.id, new=True, shortfall_minor=loan.amount_minor if loan else 0)
    return [answers[transfer.reference] for transfer in transfers]


def _one_each(transfers: Sequence[NewTransfer]) -> dict[str, NewTransfer]:
    batch: dict[str, NewTransfer] = {}
    for transfer in transfers:
        first = batch.setdefault(transfer.reference, transfer)
        if first is not transfer and not first.moves_as(transfer):
            raise ReferenceConflict(f"{transfer.reference!r} names two different movements of one batch.")
    return batch


def _check_currencies(transfers: Iterable[NewTransfer], accounts: Mapping[str, AccountFacts]) -> None:
    for transfer in transfers:
        if not transfer.currency == accounts[transfer.debit].currency == accounts[transfer.credit].currency:
            raise CurrencyMismatch(f"{transfer.debit} and {transfer.credit} are not both kept in {transfer.currency[:12]}.")


def _book(fresh: list[NewTransfer], accounts: Mapping[str, AccountFacts]) -> dict[str, NewTransfer]:
    """Returns the loans this took, by the reference of the fact each is for."""
    touched = {code: accounts[code] for transfer in fresh for code in (transfer.debit, transfer.credit)}
    movements: balance_rows.Movements = {}
    balance_rows.add(movements, fresh, touched)
    balance_rows.lock_slots(movements, touched.values())
    available: dict[int, int] = {}
    # Facts on accounts without a floor ask nothing of a balance: move() locks the rows, in the same order, as it writes them.
    if any(account.guarded for account in touched.values()) or not all(transfer.fact for transfer in fresh):
        available = balance_rows.lock_rows(movements, touched.values())
    refuse_by_state({touched[code].id for transfer in fresh if not transfer.fact for code in (transfer.debit, transfer.credit)})
    fresh = draw(fresh, touched, movements)
    loans = loans_for(fresh, touched, movements, available)
    if loans:
        touched |= accounts_for({loan.debit for loan in loans.values()})
        claim(loans.values(), touched)
        balance_rows.add(movements, loans.values(), touched)
    _insert([*fresh, *loans.values()], touched)
    balance_rows.move(movements)
    return loans


def _insert(transfers: Sequence[NewTransfer], accounts: Mapping[str, AccountFacts]) -> None:
    columns = [
        plain_array(transfer.id.hex for transfer in transfers),
        plain_array(accounts[transfer.debit].id for transfer in transfers),
        plain_array(accounts[transfer.credit].id for transfer in transfers),
        plain_array(transfer.amount_minor for transfer in transfers),
        plain_array(transfer.currency for transfer in transfers),
        plain_array(transfer.kind for transfer in transfers),
        text_array(transfer.reference for transfer in transfers),
        instant_array(transfer.effective_at for transfer in transfers),
        plain_array(transfer.reverses_id for transfer in transfers),
        plain_array(transfer.hold_id for transfer in transfers),
        text_array(transfer.memo for transfer in transfers),
    ]
    run("ledger", "insert_transfers", columns)
