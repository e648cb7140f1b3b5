"""What accounts hold, with the account's natural sign: what is owed to us, what we owe and what came in are all positive."""

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


def _totals(code: str) -> tuple[int, int]:
    account = Account.objects.filter(code=code).with_balance().first()
    if account is not None:
        return account.posted_minor, account.held_minor
    if not chart.plan(code).system:
        raise UnknownAccount(f"There is no account {code}.")
    return 0, 0
