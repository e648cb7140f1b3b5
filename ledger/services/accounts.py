"""Opening accounts, and finding them by their codes."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import transaction

from core.money import exponent
from core.sql import plain_array, run, text_array
from ledger import chart
from ledger.errors import AccountClosed, AccountConflict, AccountFrozen, CurrencyMismatch, InvalidAccountCode, UnknownAccount
from ledger.models import Account


class NewAccount(NamedTuple):
    """An account to open. `currency` only where the code does not name it (wallets); `owner` where it is not the code's."""

    code: str
    owner: str = ""
    currency: str = ""


class AccountFacts(NamedTuple):
    """What postings need of an account, none of which ever changes."""

    code: str
    id: int
    currency: str
    guarded: bool
    slots: int


_MOST_REMEMBERED = 100_000
_remembered: dict[str, AccountFacts] = {}


def open_account(code: str, *, owner: str = "", currency: str = "") -> Account:
    """The account of this code, opened if need be. `owner` (`<word>:<id>`) defaults to the one the code names.

    Raises InvalidAccountCode, UnknownCurrency, CurrencyMismatch where code and currency disagree or none is given, and
    AccountConflict when it exists with another currency or owner.
    """
    open_accounts([NewAccount(code, owner, currency)])
    return Account.objects.get(code=code)


def open_accounts(accounts: Iterable[NewAccount]) -> None:
    """Open many at once, in two statements; those that exist alike are left alone. Raises what `open_account` raises."""
    wanted = {account.code: _complete(account) for account in accounts}
    with transaction.atomic():
        _insert(wanted.values())
        for code, owner, currency in Account.objects.filter(code__in=wanted).values_list("code", "owner", "currency"):
            if (owner, currency) != wanted[code][1:]:
                raise AccountConflict(f"{code} is kept in {currency} and belongs to {owner or 'the school'}.")


def accounts_for(codes: Collection[str]) -> dict[str, AccountFacts]:
    """The accounts of these codes; the school's own are opened when missing. Raises UnknownAccount and InvalidAccountCode."""
    known = {code: _remembered[code] for code in codes if code in _remembered}
    if len(known) < len(codes):
        known |= _find([code for code in codes if code not in known])
    if len(known) < len(codes):
        missing = sorted(set(codes) - known.keys())
        for code in missing:
            if not chart.plan(code).system:
                raise UnknownAccount(f"There is no account {code}.")
        _insert([_complete(NewAccount(code)) for code in missing])
        known |= _find(missing)
    return known


def refuse_by_state(account_ids: Collection[int]) -> None:
    """Raise AccountFrozen or AccountClosed. Call it with the rows locked: a state that changed while we waited counts too."""
    if not account_ids:
        return
    for code, state in run("ledger", "refusing_accounts", [plain_array(account_ids)]).rows:
        raise AccountClosed(f"{code} is closed.") if state == Account.State.CLOSED else AccountFrozen(f"{code} is frozen.")


def forget_accounts(**_: object) -> None:
    """After tables were made anew or emptied, no remembered id is true any more."""
    _remembered.clear()


def _complete(account: NewAccount) -> NewAccount:
    plan = chart.plan(account.code)
    currency = account.currency or plan.currency
    if plan.currency not in {"", currency} or not currency:
        raise CurrencyMismatch(f"{account.code} can't be kept in {currency or 'no currency'}.")
    exponent(currency)
    return NewAccount(account.code, chart.checked_owner(account.owner) if account.owner else plan.owner, currency)


def _find(codes: Collection[str]) -> dict[str, AccountFacts]:
    for code in codes:
        if not code.isprintable():  # the database refuses NUL and lone surrogates with less kind words
            raise InvalidAccountCode(f"{code[:80]!r} is not in the chart of accounts.")
    rows = run("ledger", "accounts_by_code", [text_array(codes)]).rows
    if len(_remembered) > _MOST_REMEMBERED:
        _remembered.clear()
    # An account that this very transaction opened may yet be rolled back; it is remembered by a later one.
    _remembered.update((row[0], AccountFacts._make(row[:5])) for row in rows if row[5])
    return {row[0]: AccountFacts._make(row[:5]) for row in rows}


def _insert(accounts: Collection[NewAccount]) -> None:
    plans = [chart.plan(account.code) for account in accounts]
    columns = [
        text_array(account.code for account in accounts),
        plain_array(plan.kind for plan in plans),
        plain_array(account.currency for account in accounts),
        plain_array(plan.guarded for plan in plans),
        plain_array(plan.slots for plan in plans),
        text_array(account.owner for account in accounts),
    ]
    run("ledger", "open_accounts", columns)
