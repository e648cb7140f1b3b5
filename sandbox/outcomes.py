"""What became of a run, read from the tables. The sandbox imports no app, so it knows their names as data."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

_EVENTS_OF_RUN = """
SELECT o.verdict, extract(epoch FROM o.decided_at - e.received_at)::float8
FROM inbound_event e
LEFT JOIN inbound_outcome o ON o.event_id = e.id AND o.event_id >= uuid7_floor(%(since)s)
WHERE e.id >= uuid7_floor(%(since)s) AND e.received_at >= %(since)s AND e.gateway = %(gateway)s
  AND (o.payment_id IS NULL OR EXISTS (
        SELECT FROM natural_key k
        WHERE k.payment_id = o.payment_id AND k.gateway = e.gateway AND starts_with(k.reference, %(prefix)s)))
"""
_STUDENTS = """
SELECT split_part(code, ':', 2) FROM account WHERE code LIKE 'student:%%:KES' AND state = 'open' ORDER BY code LIMIT %s
"""
_WAITING_DEPOSITS = """
SELECT a.number FROM payment_attempt a JOIN payment p ON p.id = a.payment_id
WHERE a.gateway = 'bank' AND a.operation = 'charge' AND p.received_minor = 0 ORDER BY a.number
"""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the stored deliveries of a run were decided; `settled_seconds` from receipt to decision, of those that moved money."""

    verdicts: Counter[str]
    undecided: int
    settled_seconds: list[float]

    @property
    def stored(self) -> int:
        return self.verdicts.total() + self.undecided


def outcomes(*, gateway: str, prefix: str, since: datetime) -> Outcomes:
    """Of the gateway's deliveries since then, those whose payment's reference begins with `prefix`, or that have no payment."""
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS_OF_RUN, {"gateway": gateway, "prefix": prefix, "since": since})
        rows: list[tuple[str | None, float]] = cursor.fetchall()
    return Outcomes(
        verdicts=Counter(verdict for verdict, _ in rows if verdict is not None),
        undecided=sum(verdict is None for verdict, _ in rows),
        settled_seconds=[seconds for verdict, seconds in rows if verdict == "settled"],
    )


def now() -> datetime:
    """By the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        instant: datetime = cursor.fetchone()[0]
    return instant


def some_students(count: int) -> list[str]:
    """Up to `count` students who have an open account in shillings."""
    with connection.cursor() as cursor:
        cursor.execute(_STUDENTS, [count])
        return [student for (student,) in cursor.fetchall()]


def waiting_deposits() -> list[int]:
    """The bank's numbers of deposits that nothing has come for yet, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING_DEPOSITS)
        return [number for (number,) in cursor.fetchall()]
