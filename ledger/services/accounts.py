"""Opening accounts, and finding them by their codes."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import connection, transaction

from core.money import exponent
from core.sql import plain_array, query, text_array
from ledger import chart
from ledger.errors import AccountConflict, CurrencyMismatch, InvalidAccountCode, UnknownAccount
from ledger.models import Account


class NewAccount(NamedTuple):
    """An account to open. `currency` only where the code does not name it (wallets); `owner` where it is not the code's."""

    code: str
    owner: str = ""
    currency: str = ""


class AccountFacts(NamedTuple):
    """What postings need of an account. All but the owner never changes."""

    code: str
    id: int
    currency: str
    guarded: bool
    slots: int
    owner: str


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
        for there in _find(wanted):
            asked = wanted[there.code]
            if (there.owner, there.currency) != (asked.owner, asked.currency):
                raise AccountConflict(f"{there.code} is kept in {there.currency} and belongs to {there.owner or 'the school'}.")


def accounts_for(codes: Collection[str]) -> dict[str, AccountFacts]:
    """The accounts of these codes; the school's own are opened when missing. Raises UnknownAccount and InvalidAccountCode."""
    for code in codes:
        if not code.isprintable():  # the database refuses NUL and lone surrogates with less kind words
            raise InvalidAccountCode(f"{code[:80]!r} is not in the chart of accounts.")
    known = {facts.code: facts for facts in _find(codes)}
    if len(known) == len(codes):
        return known
    missing = sorted(set(codes) - known.keys())
    for code in missing:
        if not chart.plan(code).system:
            raise UnknownAccount(f"There is no account {code}.")
    _insert([_complete(NewAccount(code)) for code in missing])
    return known | {facts.code: facts for facts in _find(missing)}


def _complete(account: NewAccount) -> NewAccount:
    plan = chart.plan(account.code)
    currency = account.currency or plan.currency
    if plan.currency not in {"", currency} or not currency:
        raise CurrencyMismatch(f"{account.code} can't be kept in {currency or 'no currency'}.")
    exponent(currency)
    return NewAccount(account.code, chart.checked_owner(account.owner) if account.owner else plan.owner, currency)


def _find(codes: Iterable[str]) -> list[AccountFacts]:
    with connection.cursor() as cursor:
        cursor.execute(query("ledger", "accounts_by_code"), [text_array(codes)])
        return [AccountFacts._make(row) for row in cursor.fetchall()]


def _insert(accounts: Collection[NewAccount]) -> None:
    plans = [chart.plan(account.code) for account in accounts]
    with connection.cursor() as cursor:
        cursor.execute(
            query("ledger", "open_accounts"),
            [
                text_array(account.code for account in accounts),
                plain_array(plan.kind for plan in plans),
                plain_array(account.currency for account in accounts),
                plain_array(plan.guarded for plan in plans),
                plain_array(plan.slots for plan in plans),
                text_array(account.owner for account in accounts),
            ],
        )
