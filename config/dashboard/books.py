"""What the ledger says: fees that are owed, credit that is kept, money whose owner is not known."""

from typing import Any

from config.dashboard.figures import Books, Fees, Rows, Suspense
from core.money import CURRENCIES
from ledger import chart
from ledger.models import Account
from payments.models import AccountRollup


def books() -> Books:
    """Two statements: a hundred thousand students are added up by the worker, the few suspense accounts here and now."""
    return Books(_fees(), _suspense())


def _fees() -> tuple[Fees, ...]:
    def rows(side: str, currency: str) -> Rows:
        return Rows("ledger_account", {"whose": "student", "balance": side, "currency": currency})

    return tuple(
        Fees(
            sums.currency,
            sums.above_minor,
            sums.above,
            sums.below_minor,
            sums.below,
            sums.counted_at,
            rows("above", sums.currency),
            rows("below", sums.currency),
        )
        for sums in AccountRollup.objects.filter(word="student").order_by("-above_minor", "currency")
    )


def _suspense() -> tuple[Suspense, ...]:
    codes = [chart.suspense(currency) for currency in sorted(CURRENCIES)]
    accounts: list[Any] = list(Account.objects.filter(code__in=codes).with_balance().order_by("code"))
    return tuple(
        Suspense(account.currency, int(account.posted_minor), Rows("ledger_account", about=account.code))
        for account in accounts
        if account.posted_minor
    )
