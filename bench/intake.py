"""(a) How many notifications a second are acknowledged durably over HTTP, against an ASGI app that does nothing."""

import tempfile
from pathlib import Path

from bench.harness import report
from bench.harness.load import Load, generator_name, saturate
from bench.harness.options import Options
from bench.harness.rounds import Series, interleaved, ratio
from bench.harness.site import Site, SiteError

STUDENTS = 1_000
FEE_MINOR = 100_000_00
PROCESSES = 2
AIM = 0.4
DOOR = "/api/v1/payment/notification"


def run(options: Options) -> None:
    with tempfile.TemporaryDirectory(prefix="bursar-bench-") as state, Site(Path(state), intakes=PROCESSES) as site:
        report.machine(site)
        report.heading(
            f"(a) acknowledged durably a second over HTTP: {PROCESSES} processes, {options.connections} connections,"
            f" {options.seconds:g} s a round, load from {generator_name()}"
        )
        site.enroll(STUDENTS, fee_minor=FEE_MINOR)
        with site.serving("bench.harness.hello:application", PROCESSES) as hello:
            site.start_intakes()
            loads: dict[str, list[Load]] = {"intake": [], "hello": []}

            def intake(number: int) -> float:
                loads["intake"].append(burst(site, f"I{number}", options))
                return loads["intake"][-1].rate

            def bare(number: int) -> float:
                loads["hello"].append(_saturate(site, hello, f"H{number}", options, options.seconds))
                return loads["hello"][-1].rate

            _saturate(site, hello, "warm", options, 1)
            burst(site, "warm", options, seconds=1)
            measured = interleaved({"intake": intake, "hello": bare}, options.rounds)
        report.line("bare ASGI hello", measured["hello"], "/s")
        report.line("acknowledged durably", measured["intake"], "/s")
        report.against("ratio to hello", ratio(measured["intake"], measured["hello"]), AIM)
        for name, burst_loads in loads.items():
            report.line(f"p99 of {name}, all connections busy", Series([load.p99 * 1000 for load in burst_loads]), "ms")


def burst(site: Site, prefix: str, options: Options, *, seconds: float = 0) -> Load:
    """Saturate the intake; then have everything decided, and prove that all that was acknowledged is booked."""
    load = _saturate(site, site.url, prefix, options, seconds or options.seconds)
    site.run("bench.harness.decide", 0)
    with site.connect() as connection:
        booked = connection.execute(
            "SELECT count(*) FROM natural_key WHERE starts_with(reference, %s) AND booked_minor > 0", [f"{prefix}-"]
        ).fetchone()
    if not booked or booked[0] < load.acked:
        raise SiteError(f"{load.acked} were acknowledged, {booked} are booked.")
    site.prove()
    return load


def _saturate(site: Site, url: str, prefix: str, options: Options, seconds: float) -> Load:
    return saturate(site, url + DOOR, prefix=prefix, students=STUDENTS, connections=options.connections, seconds=seconds)
