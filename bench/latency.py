"""(c) From receipt to settled, at a steady rate, with everything running as `make run` runs it.

Settled is when the transaction that booked it committed, by PostgreSQL's own note of it; the load is open, and what counts
from the due time shows what a stalled server would hide.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.harness import report
from bench.harness.load import steady
from bench.harness.options import Options
from bench.harness.rounds import Series
from bench.harness.site import Site, SiteError
from bench.intake import DOOR, FEE_MINOR, STUDENTS

AIMS = {1_000: 20.0, 3_000: 60.0}
"""Notifications a second → milliseconds within which 99 of 100 are settled."""
SETTLING_IN = 2.0
"""Seconds of each round that are not counted: the drain wakes, connections open."""
_SETTLED = """
SELECT k.reference, extract(epoch FROM e.received_at)::float8, extract(epoch FROM pg_xact_commit_timestamp(o.xmin))::float8
FROM natural_key k
JOIN inbound_outcome o ON o.payment_id = k.payment_id
JOIN inbound_event e ON e.id = o.event_id
WHERE starts_with(k.reference, %s)
"""


class Round(NamedTuple):
    """Milliseconds: of each kind the median and the 99th of 100."""

    acked: tuple[float, float]
    from_receipt: tuple[float, float]
    from_due: tuple[float, float]


def run(options: Options) -> None:
    with tempfile.TemporaryDirectory(prefix="bursar-bench-") as state, Site(Path(state)) as site:
        report.machine(site)
        site.break_in()
        site.enroll(STUDENTS, fee_minor=FEE_MINOR)
        site.start_processes()
        seconds = options.seconds + SETTLING_IN
        report.heading(f"(c) from receipt to settled at a steady rate, {seconds:g} s a round, one process of each kind")
        rounds: dict[int, list[Round]] = {rate: [] for rate in AIMS}
        for number in range(options.rounds):
            for rate in AIMS:
                rounds[rate].append(measure(site, f"L{rate}-{number}", rate, seconds))
        for rate, measured in rounds.items():
            report.line(f"{rate:,}/s: due to acknowledged, p50", Series([r.acked[0] for r in measured]), "ms")
            report.line(f"{rate:,}/s: due to acknowledged, p99", Series([r.acked[1] for r in measured]), "ms")
            report.line(f"{rate:,}/s: due to settled, p99", Series([r.from_due[1] for r in measured]), "ms")
            report.line(f"{rate:,}/s: receipt to settled, p50", Series([r.from_receipt[0] for r in measured]), "ms")
            report.at_most(
                f"{rate:,}/s: receipt to settled, p99", Series([r.from_receipt[1] for r in measured]), "ms", AIMS[rate]
            )


def measure(site: Site, prefix: str, rate: float, seconds: float) -> Round:
    """One round of steady load, everything decided after it, the books proven."""
    log = site.state / f"{prefix}.times"
    steady(site, site.url + DOOR, rate=rate, seconds=seconds, log=log, prefix=prefix, students=STUDENTS, connections=64)
    site.wait_decided(within=120)
    with site.connect() as connection:
        settled = {reference: (received, at) for reference, received, at in connection.execute(_SETTLED, [f"{prefix}-"])}
    sent = [(reference, float(due), float(acked)) for reference, due, acked in map(str.split, log.read_text().splitlines())]
    if missing := [reference for reference, _, _ in sent if reference not in settled]:
        raise SiteError(f"{len(missing)} were acknowledged and are not settled, the first is {missing[0]}")
    site.prove()
    counted = [(due, acked, *settled[reference]) for reference, due, acked in sent if due > sent[0][1] + SETTLING_IN]
    return Round(
        acked=_half_and_most([acked - due for due, acked, _, _ in counted]),
        from_receipt=_half_and_most([at - received for _, _, received, at in counted]),
        from_due=_half_and_most([at - due for due, _, _, at in counted]),
    )


def _half_and_most(seconds: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1000, ordered[len(ordered) * 99 // 100] * 1000
