"""A small cast: Joan owes fees, Alice keeps a wallet, Cellulant collects."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ledger import chart
from ledger.services.accounts import open_account
from ledger.services.posting import NewTransfer

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)

Book = Callable[..., NewTransfer]


@pytest.fixture
def joan(db: None) -> str:
    """A student's account, with nothing owed yet."""
    code = chart.student("S004", "KES")
    open_account(code)
    return code


@pytest.fixture
def alice(db: None) -> str:
    """An empty wallet, guarded, of user:alice."""
    code = chart.wallet("alice")
    open_account(code, owner="user:alice", currency="KES")
    return code


@pytest.fixture
def clearing() -> str:
    return chart.gateway_clearing("cellulant", "KES")
