"""The one door through which money becomes ours: `settle(evidence)`.

A whole batch is one set of facts, settled by a fixed number of set-based statements in one transaction. The order of locks
is the same for everyone: payments by id, orders by id, natural keys by name, ledger balances by account.

0. Look up whom the bill references mean that payers typed.
1. Find the keys that are known, lock their payments and the orders these are for, and only then read what they have booked.
2. Decide each fact in the order it came against the payments in memory, so facts about one payment fold into one write.
3. Insert the new keys. Where a twin in another transaction came first, everything since the savepoint is undone and
   starts over: now the twin is committed, and known.
4. Write payments, transfers, history, event rows and exception items, and questions about what was only claimed.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import connection, transaction

from payments.evidence import Evidence
from payments.services import naming
from payments.services.batch import Batch, Outcome
from payments.services.confirming import ask_about
from payments.services.known import find_known
from payments.services.writing import TwinCameFirst, write

__all__ = ["Outcome", "settle"]

TWINS_AT_MOST = 8


def settle(evidence: Sequence[Evidence], *, at: datetime | None = None, savepoint: bool = True) -> list[Outcome]:
    """Settle facts, one outcome for each, in order. Must run in a transaction; books nothing twice under any concurrency.

    `at` is the instant of booking, now unless an import of the past says otherwise. Without a savepoint a twin that came first is
    an exception, too: the caller starts its whole transaction over.

    Everything that can be said about a fact is an outcome (quarantined, conflict, …); an exception means that nothing of
    this batch was written, and that the caller should try its facts one by one.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("settle() must run inside a transaction")
    evidence = naming.with_accounts(evidence)
    attempt = 0
    while True:
        attempt += 1
        try:
            with transaction.atomic(savepoint=savepoint):
                batch = Batch(find_known(evidence), at=at or datetime.now(UTC))
                outcomes = [batch.apply(fact) for fact in evidence]
                write(batch)
                if any(fact.claimed_minor for fact in evidence):
                    return ask_about(batch, evidence, outcomes)
                return outcomes
        except TwinCameFirst:
            if attempt == TWINS_AT_MOST or not savepoint:
                raise
