"""What settling would do now, decided by the same rules over the same rows, and nothing written."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from access.approvals import Line
from ledger.services.posting import NewTransfer
from payments.evidence import Evidence
from payments.services import naming
from payments.services.batch import Batch, Outcome
from payments.services.known import find_known


class Rehearsed(NamedTuple):
    """What would become of one fact, and what it would book, as the lines of a journal."""

    outcome: Outcome
    lines: tuple[Line, ...]


def rehearse(evidence: Sequence[Evidence]) -> list[Rehearsed]:
    """Decide facts as `settle` would, one after the other, in as many statements as one takes.

    It locks nothing, so whoever looks makes no settlement wait, nor waits for one: what is being settled at this instant may not
    be in it, and the act itself decides anew, under locks. Raises what `settle` raises where our own code fails on one of them.
    """
    if not evidence:
        return []
    facts = naming.with_accounts(evidence)
    batch = Batch(find_known(facts, lock=False), at=datetime.now(UTC))
    return [_rehearse(batch, fact) for fact in facts]


def _rehearse(batch: Batch, fact: Evidence) -> Rehearsed:
    before = len(batch.transfers)
    outcome = batch.apply(fact)
    return Rehearsed(outcome, tuple(line for transfer in batch.transfers[before:] for line in _lines(transfer)))


def _lines(transfer: NewTransfer) -> Iterator[Line]:
    yield Line(transfer.debit, transfer.amount_minor, 0, transfer.currency)
    yield Line(transfer.credit, 0, transfer.amount_minor, transfer.currency)
