"""The books in the back office."""

from ledger.admin import accounts, adjusting, journal, transfers

__all__ = ["accounts", "adjusting", "journal", "transfers"]
