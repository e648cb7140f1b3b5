"""The floor under settlement: the rows it writes, written by SQL alone from a staging table, in batches, with prepared plans.

It reads no body, decides nothing and checks nothing. No settlement that writes these rows can be faster.
"""

import time
from pathlib import Path

from bench.harness.cpu import seconds_of
from bench.harness.settled import Settled
from bench.harness.site import Connection

STATEMENTS = [file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.sql"))]


def settle_staged(connection: Connection, count: int, *, batch: int, warm_up: int) -> Settled:
    """Write what `bench_staging` holds; the first `warm_up` batches are not counted."""
    backend = [connection.info.backend_pid]
    clearing = _clearing_account(connection)
    for setting in ("enable_hashjoin", "enable_mergejoin", "enable_seqscan"):  # as the settling session does it
        connection.execute(f"SET {setting} = off".encode())
    for first in range(0, count, batch):
        if first == warm_up * batch:
            begun, busy = time.perf_counter(), seconds_of(backend)
        with connection.transaction():
            for statement in STATEMENTS:
                here = {"first": first, "last": first + batch, "clearing": clearing}
                connection.execute(statement, here, prepare=True)
    return Settled(count - warm_up * batch, time.perf_counter() - begun, python=0.0, postgres=seconds_of(backend) - busy)


def _clearing_account(connection: Connection) -> int:
    found = connection.execute("SELECT id FROM account WHERE code = 'gateway:cellulant:clearing:KES'").fetchone()
    assert found, "the clearing account opens with the first settled payment"
    return int(found[0])
