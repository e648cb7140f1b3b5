"""Joan owes fees, Alice keeps a wallet, Cellulant collects; and the movements between them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ledger import chart
from ledger.services.accounts import open_account
from ledger.services.posting import NewTransfer, Posted, post

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
JOAN = chart.student("S004", "KES")
ALICE = chart.wallet("alice")
BOB = chart.wallet("bob")
CLEARING = chart.gateway_clearing("cellulant", "KES")
FEES = chart.income("fees", "KES")
ALICE_OWES = chart.owed("user:alice", "KES")


def open_the_books() -> None:
    open_account(JOAN)
    open_account(ALICE, owner="user:alice", currency="KES")
    open_account(BOB, owner="user:bob", currency="KES")


def movement(reference: str, amount_minor: int = 100, **other: Any) -> NewTransfer:
    """Joan pays through Cellulant, unless said otherwise."""
    usual = {"debit": CLEARING, "credit": JOAN, "currency": "KES", "kind": "receipt", "effective_at": NOON}
    return NewTransfer(reference=reference, amount_minor=amount_minor, **{**usual, **other})


def book(*transfers: NewTransfer) -> list[Posted]:
    """Post in a transaction of its own, so that what is refused leaves the test's own standing."""
    with transaction.atomic():
        return post(transfers)


def deposit(wallet: str, amount_minor: int, reference: str) -> UUID:
    return book(movement(reference, amount_minor, credit=wallet, kind="deposit"))[0].id
