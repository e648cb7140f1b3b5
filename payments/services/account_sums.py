"""What all students owe together, and all wallets hold: a hundred thousand balances, added up by the worker and not by a page."""

from core.sql import run


def sum_accounts() -> None:
    """Add up every account's balance, by the first word of its code and its currency. One statement, so one point in time."""
    run("payments", "rollups/sum_accounts", [])
