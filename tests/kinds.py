"""Movements of money that only tests make: the ledger is tried with them, and no fee or payment stands behind them."""

from django.db import connection

WALLETS = ["wallet:%"]
KINDS = {
    "debt": (["student:%"], ["income:%"]),
    "receipt": (["%"], ["%"]),
    "deposit": (["gateway:%:clearing:%"], ["wallet:%", "student:%"]),
    "withdrawal": (WALLETS, ["gateway:%:clearing:%"]),
    "chargeback": (WALLETS, ["gateway:%:clearing:%"]),
    "spend": (WALLETS, ["%"]),
    "gift": (WALLETS, WALLETS),
}
"""Between which accounts each goes; none takes a second person."""


def declare() -> None:
    """Add them to the list that the migrations left, where they are not there yet."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO transfer_kind VALUES (%s, %s, %s, false, false) ON CONFLICT DO NOTHING",
            [(kind, *between) for kind, between in KINDS.items()],
        )
