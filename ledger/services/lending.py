"""A fact is always booked: what an account can't carry of it, its owner owes.

The fact's own transfer keeps its full amount. A second one lends the account what is missing, from `owed:<owner>:<cur>`.
"""

from collections.abc import Mapping, Sequence

from ledger import chart
from ledger.errors import InsufficientFunds
from ledger.models import Account
from ledger.services.accounts import AccountFacts
from ledger.services.balance_rows import Movements
from ledger.services.new_transfer import NewTransfer


def loans_for(
    transfers: Sequence[NewTransfer], accounts: Mapping[str, AccountFacts], movements: Movements, available: Mapping[int, int]
) -> dict[str, NewTransfer]:
    """The loans that let these transfers stand, by the reference of the fact each is for.

    `available` is what the guarded accounts had before. Raises InsufficientFunds for what facts alone don't explain.
    """
    loans: dict[str, NewTransfer] = {}
    for account in [account for account in accounts.values() if account.guarded]:
        missing = -(available[account.id] + movements[account.id].gain)
        for fact in reversed(transfers) if missing > 0 else ():
            if fact.fact and fact.debit == account.code and missing > 0:
                part = min(missing, fact.amount_minor)
                loans[fact.reference] = _loan(fact, account, part)
                missing -= part
        if missing > 0:
            raise InsufficientFunds(f"{account.code} does not have that much available.")
    return loans


def _loan(fact: NewTransfer, account: AccountFacts, amount_minor: int) -> NewTransfer:
    return NewTransfer(
        debit=chart.owed(Account.objects.values_list("owner", flat=True).get(pk=account.id), account.currency),
        credit=account.code,
        amount_minor=amount_minor,
        currency=account.currency,
        kind="shortfall",
        reference=f"shortfall:{fact.id}",
        effective_at=fact.effective_at,
        fact=True,
    )
