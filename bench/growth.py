"""(d) The settlement of (b) with years of payments there already, against the same with none."""

import os
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.harness import report
from bench.harness.options import Options
from bench.harness.rounds import interleaved, ratio
from bench.harness.site import Site
from bench.preload import preload
from bench.settlement import BATCH, FEE_MINOR, STUDENTS, settle
from deploy.postgres import DATABASE

AIM = 0.95
TIMES = 5
"""So many rounds for each that was asked for: one takes four seconds, and is up to half again as fast as the next."""
SEALED_SIZE = 240
"""Bytes of a sealed notification; nobody opens these."""


def run(options: Options) -> None:
    with tempfile.TemporaryDirectory(prefix="bursar-bench-") as state, Site(Path(state)) as site:
        report.machine(site)
        report.heading(f"(d) settled payments a second, one worker, {options.events:,} events a round, by payments already there")
        site.enroll(STUDENTS, fee_minor=FEE_MINOR)
        settle(site, "warm", BATCH)
        databases = {"empty": DATABASE} | {f"{payments:,}": f"grown_{payments}" for payments in options.payments}
        for payments in options.payments:
            grow(site, f"grown_{payments}", payments)

        def settlement(name: str, number: int) -> float:
            return settle(site, f"G{number}", options.events, database=databases[name]).rate

        contenders = {name: partial(settlement, name) for name in databases}
        measured = interleaved(contenders, options.rounds * TIMES)
        for database in databases.values():
            site.prove(database=database)
        for name, series in measured.items():
            report.line(name, series, "/s")
        for name in list(databases)[1:]:
            report.against(f"{name} to empty", ratio(measured[name], measured["empty"]), AIM)


def grow(site: Site, database: str, payments: int) -> None:
    """A copy of the site's database with so many payments in it, proven."""
    begun = time.monotonic()
    with site.connect(database="postgres") as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {DATABASE}".encode())
    with site.connect(database=database) as connection:
        preload(connection, payments, os.urandom(SEALED_SIZE))
        size = connection.execute("SELECT pg_database_size(current_database()) / 1000000").fetchone()
    site.prove(database=database)
    megabytes = size[0] if size else 0
    report.line(f"{payments:,} payments were written and proven", f"{time.monotonic() - begun:>10,.0f} s, {megabytes:,} MB")
