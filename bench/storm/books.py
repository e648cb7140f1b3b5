"""What the tables say, read with SQL and opened with our own hands: nothing of the product is imported."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.harness.site import Connection

_EVENTS = """
SELECT e.body, coalesce(o.verdict, 'undecided') FROM inbound_event e LEFT JOIN inbound_outcome o ON o.event_id = e.id
"""
_PAYMENTS = """
SELECT reference, split_part(named_account, ':', 2), status, amount_minor, received_minor, account FROM payment
"""
_TRANSFERS = """
SELECT split_part(t.reference, ':', 4), debit.code, credit.code, t.amount_minor
FROM transfer t JOIN account debit ON debit.id = t.debit_account_id JOIN account credit ON credit.id = t.credit_account_id
WHERE t.kind = 'payment'
"""
_BOOKINGS = """
SELECT p.reference, count(*) FROM payment_history h JOIN payment p ON p.id = h.payment_id WHERE h.booked_minor > 0 GROUP BY 1
"""
_ANNOUNCED = "SELECT payload->>'gateway_reference', count(*) FROM event WHERE type = 'payment.succeeded' GROUP BY 1"
_BALANCES = """
SELECT a.code, sum(b.debits_minor - b.credits_minor)::bigint FROM account a JOIN balance b ON b.account_id = a.id GROUP BY 1
"""
_OPEN_ITEMS = """
SELECT CASE kind WHEN 'flag' THEN reason ELSE kind END, count(*) FROM exception_item WHERE status = 'open' GROUP BY 1
"""


class Payment(NamedTuple):
    student: str
    status: str
    amount_minor: int
    received_minor: int
    account: str


class Transfer(NamedTuple):
    debit: str
    credit: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Books:
    """`verdicts` by body; the rest by reference, account code, or what staff see. Balances are debits less credits."""

    verdicts: Mapping[bytes, Counter[str]]
    payments: Mapping[str, list[Payment]]
    transfers: Mapping[str, list[Transfer]]
    bookings: Mapping[str, int]
    announced: Mapping[str, int]
    balances: Mapping[str, int]
    open_items: Mapping[str, int]
    waiting: int
    completed: int
    failed: int


def read(connection: Connection, sealing_key: bytes) -> Books:
    """Read everything the proof looks at."""
    cipher = AESGCM(sealing_key)
    verdicts: dict[bytes, Counter[str]] = defaultdict(Counter)
    for sealed, verdict in connection.execute(_EVENTS):
        verdicts[_opened(cipher, sealed)][verdict] += 1
    payments: dict[str, list[Payment]] = defaultdict(list)
    for reference, *facts in connection.execute(_PAYMENTS):
        payments[reference].append(Payment(*facts))
    transfers: dict[str, list[Transfer]] = defaultdict(list)
    for reference, *facts in connection.execute(_TRANSFERS):
        transfers[reference].append(Transfer(*facts))
    counts = _counts(
        connection, "SELECT 'completed', completed FROM queue_state UNION ALL SELECT 'failed', failed FROM queue_state"
    )
    return Books(
        verdicts=verdicts,
        payments=payments,
        transfers=transfers,
        bookings=_counts(connection, _BOOKINGS),
        announced=_counts(connection, _ANNOUNCED),
        balances=_counts(connection, _BALANCES),
        open_items=_counts(connection, _OPEN_ITEMS),
        waiting=_counts(connection, "SELECT 'waiting', count(*) FROM inbound_pending")["waiting"],
        completed=counts["completed"],
        failed=counts["failed"],
    )


def _opened(cipher: AESGCM, sealed: bytes) -> bytes:
    """One byte of length, the key's name, 12 bytes of nonce, then the sealed text."""
    nonce = 1 + sealed[0]
    return cipher.decrypt(sealed[nonce : nonce + 12], sealed[nonce + 12 :], None)


def _counts(connection: Connection, statement: LiteralString) -> dict[str, int]:
    rows: list[tuple[Any, ...]] = connection.execute(statement).fetchall()
    return {name: int(count) for name, count in rows}
