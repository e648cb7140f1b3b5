"""(f) The back office's pages with years of payments there, and whether five times as many are felt.

Each visit is one request through all of Django, in one process and without a network; a page's figure is what 95 of 100 visits
stay within.
"""

import json
import tempfile
from functools import partial
from pathlib import Path

from bench.growth import grow
from bench.harness import report
from bench.harness.options import Options
from bench.harness.rounds import Series, interleaved, ratio
from bench.harness.site import Site
from bench.settlement import BATCH, FEE_MINOR, STUDENTS, settle

AIM_MS = 100.0
AIM_GROWTH = 1.1
VISITS = 40
WARM_UP = 3


def run(options: Options) -> None:
    with tempfile.TemporaryDirectory(prefix="bursar-bench-") as state, Site(Path(state)) as site:
        report.machine(site)
        report.heading(f"(f) milliseconds of a page, p95 of {VISITS} visits a round, by payments that are there")
        site.enroll(STUDENTS, fee_minor=FEE_MINOR)
        settle(site, "warm", BATCH)
        databases = {payments: f"grown_{payments}" for payments in sorted(options.payments)}
        for payments, database in databases.items():
            grow(site, database, payments)
            site.manage("rollups", "rebuild", database=database)
        seen: dict[int, dict[str, list[float]]] = {payments: {} for payments in databases}

        def browse(payments: int, number: int) -> float:
            told = site.run("bench.harness.browse", payments, VISITS, number, database=databases[payments])
            for name, visits in json.loads(told).items():
                seen[payments].setdefault(name, []).append(_most(visits))
            return 0.0

        interleaved({str(payments): partial(browse, payments) for payments in databases}, options.rounds)
        least = min(databases)
        for name in seen[least]:
            for payments in databases:
                report.at_most(f"{name}, {payments:,}", Series(seen[payments][name]), "ms", AIM_MS)
            for payments in list(databases)[1:]:
                grown = ratio(Series(seen[payments][name]), Series(seen[least][name]))
                report.at_most(f"{name}, {payments:,} to {least:,}", grown, "times", AIM_GROWTH)


def _most(visits: list[float]) -> float:
    """What 95 of 100 stay within; the first only warm up."""
    ordered = sorted(visits[WARM_UP:])
    return ordered[min(len(ordered) * 95 // 100, len(ordered) - 1)]
