"""(b) How fast one worker settles a full inbox, against the same rows written by SQL alone."""

import json
import tempfile
from pathlib import Path

from bench import floor
from bench.harness import report
from bench.harness.options import Options
from bench.harness.rounds import interleaved, ratio
from bench.harness.settled import Settled
from bench.harness.site import Site

STUDENTS = 2_000
FEE_MINOR = 100_000_00
BATCH = 500
WARM_UP = 4
AIM = 0.6


def run(options: Options) -> None:
    with tempfile.TemporaryDirectory(prefix="bursar-bench-") as state, Site(Path(state)) as site:
        report.machine(site)
        report.heading(f"(b) settled payments a second, one worker, {options.events:,} events a round, batches of {BATCH}")
        site.enroll(STUDENTS, fee_minor=FEE_MINOR)
        settle(site, "warm", BATCH)

        seen: dict[str, list[Settled]] = {"settlement": [], "pure SQL": []}

        def settlement(number: int) -> float:
            return note("settlement", settle(site, f"S{number}", options.events))

        def pure_sql(number: int) -> float:
            fill(site, f"F{number}", options.events, "--stage")
            with site.connect() as connection:
                settled = floor.settle_staged(connection, options.events, batch=BATCH, warm_up=warm_up(options.events))
            return note("pure SQL", settled)

        def note(name: str, settled: Settled) -> float:
            seen[name].append(settled)
            site.prove()
            return settled.rate

        measured = interleaved({"settlement": settlement, "pure SQL": pure_sql}, options.rounds)
        for name, series in measured.items():
            report.line(name, series, "/s")
        report.against("ratio to pure SQL", ratio(measured["settlement"], measured["pure SQL"]), AIM)
        for name, rounds in seen.items():
            report.line(f"{name}: processor time a payment", min(rounds, key=lambda one: one.postgres).cost(), "µs")


def settle(site: Site, prefix: str, events: int, *, database: str = "") -> Settled:
    """Fill the inbox and let one worker decide it all; the warm-up is not counted."""
    fill(site, prefix, events, database=database)
    return Settled(**json.loads(site.run("bench.harness.decide", warm_up(events), database=database)))


def warm_up(events: int) -> int:
    """Batches that are not counted: plans are made, caches filled. At least one batch is left to count."""
    return max(0, min(WARM_UP, events // BATCH - 1))


def fill(site: Site, prefix: str, events: int, *options: str, database: str = "") -> None:
    """As the owner: the staging table is ours, not the product's."""
    site.run("bench.harness.inbox", events, STUDENTS, prefix, *options, database=database, owner=True)
