"""The books in the back office."""

from ledger.admin import accounts, transfers

__all__ = ["accounts", "transfers"]
