"""Payments that are there already: everything that settling them would have left, written by a handful of statements.

The books stay provable: every key, reference, transfer, history row, event, outcome and balance is there and agrees.
"""

from pathlib import Path

from bench.harness.site import Connection, SiteError

DAYS = 30
"""The past over which they are spread: the months whose partitions exist."""
PIECE = 250_000
STATEMENTS = [file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.sql"))]


def reference_of(number: int) -> str:
    """The receipt of the n-th payment, as the first statement spells it."""
    return f"PAST-{number}"


def amount_of(number: int) -> int:
    """Minor units of the n-th payment."""
    return 10_000 + number * 7919 % 4_000_000


def preload(connection: Connection, payments: int, sealed_body: bytes) -> None:
    """Write `payments` settled payments of the students that are enrolled. `sealed_body` stands for every raw body."""
    # Foreign keys would be looked up row by row; `ledger verify` looks at all of them at once afterwards.
    connection.execute("SET session_replication_role = replica")
    students = connection.execute("SELECT count(*) FROM account WHERE code LIKE 'student:%:KES'").fetchone()
    if not students or not students[0]:
        raise SiteError("Nobody is enrolled whom payments could be for.")
    for first in range(0, payments, PIECE):
        here = {
            "first": first,
            "last": min(first + PIECE, payments),
            "payments": payments,
            "days": DAYS,
            "students": students[0],
            "body": sealed_body,
        }
        with connection.transaction():
            for statement in STATEMENTS:
                connection.execute(statement, here)
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")
