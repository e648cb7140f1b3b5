"""What accounts hold, with the account's natural sign: what is owed to us, what we owe and what came in are all positive."""

from datetime import datetime

from django.db import connection

from core.sql import query
from ledger import chart
from ledger.errors import UnknownAccount
from ledger.models import Account


def balance(code: str) -> int:
    """Minor units posted. Raises UnknownAccount; one of the school's own that was never used has 0."""
    return _totals(code)[0]


def available(code: str) -> int:
    """Minor units posted less those held, read at one point. Raises UnknownAccount."""
    posted, held = _totals(code)
    return posted - held


def held(code: str) -> int:
    """Minor units reserved by open holds. Raises UnknownAccount."""
    return _totals(code)[1]


def balances(*, owner: str = "") -> dict[str, int]:
    """Code → minor units posted, of every account or of an owner's."""
    accounts = Account.objects.filter(owner=owner) if owner else Account.objects.all()
    return dict(accounts.with_balance().values_list("code", "posted_minor"))


def balance_as_of(code: str, instant: datetime) -> int:
    """Minor units of what had taken effect by then, whenever it was booked. Raises UnknownAccount."""
    account = Account.objects.filter(code=code).first()
    if account is None:
        return _never_used(code)
    # Not through `run`, which prepares: the planner must see which account it is.
    with connection.cursor() as cursor:
        cursor.execute(query("ledger", "balance_as_of"), {"account": account.id, "instant": instant})
        return account.sign * int(cursor.fetchone()[0])


def balances_as_of(instant: datetime, *, owner: str = "") -> dict[str, int]:
    """Code → minor units of what had taken effect by then. Scans every transfer: for reports."""
    with connection.cursor() as cursor:
        cursor.execute(query("ledger", "balances_as_of"), {"instant": instant, "owner": owner})
        return dict(cursor.fetchall())


def _totals(code: str) -> tuple[int, int]:
    account = Account.objects.filter(code=code).with_balance().first()
    if account is not None:
        return account.posted_minor, account.held_minor
    return _never_used(code), 0


def _never_used(code: str) -> int:
    if not chart.plan(code).system:
        raise UnknownAccount(f"There is no account {code}.")
    return 0
