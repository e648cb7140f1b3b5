"""(a) How many notifications a second are acknowledged durably over HTTP, against an ASGI app that does nothing."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.harness import report
from bench.harness.cpu import backends, seconds_of
from bench.harness.load import Load, generator_name, saturate
from bench.harness.options import Options
from bench.harness.rounds import Series, interleaved, ratio
from bench.harness.site import Site, SiteError
from deploy.processes import Process

STUDENTS = 1_000
FEE_MINOR = 100_000_00
PROCESSES = 2
AIM = 0.4
DOOR = "/api/v1/payment/notification"


@dataclass(frozen=True, slots=True)
class Target:
    """A server under load: what each round brought, and the processor time it took, in microseconds a request."""

    url: str
    processes: list[Process]
    loads: list[Load] = field(default_factory=list)
    python: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)

    def saturate(self, site: Site, prefix: str, connections: int, seconds: float) -> Load:
        with site.connect() as connection:
            serving = backends(connection, "bursar intake")
        ours = [process.pid or 0 for process in self.processes]
        python, postgres = seconds_of(ours), seconds_of(serving)
        load = saturate(site, self.url + DOOR, prefix=prefix, students=STUDENTS, connections=connections, seconds=seconds)
        self.loads.append(load)
        self.python.append((seconds_of(ours) - python) / load.answered * 1e6)
        self.postgres.append((seconds_of(serving) - postgres) / load.answered * 1e6)
        return load


def run(options: Options) -> None:
    with tempfile.TemporaryDirectory(prefix="bursar-bench-") as state, Site(Path(state), intakes=PROCESSES) as site:
        report.machine(site)
        report.heading(
            f"(a) acknowledged durably a second over HTTP: {PROCESSES} processes, {options.connections} connections,"
            f" {options.seconds:g} s a round, load from {generator_name()}"
        )
        site.enroll(STUDENTS, fee_minor=FEE_MINOR)
        site.start_intakes()
        with site.serving("bench.harness.hello:application", PROCESSES) as (url, processes):
            warm_up = Target(site.url, site.intakes), Target(url, processes)
            for target in warm_up:
                target.saturate(site, "warm", options.connections, 1)
            prove(site, "warm", warm_up[0].loads[0])
            intake, hello = Target(site.url, site.intakes), Target(url, processes)

            def notified(number: int) -> float:
                load = intake.saturate(site, f"I{number}", options.connections, options.seconds)
                prove(site, f"I{number}", load)
                return load.rate

            def greeted(number: int) -> float:
                return hello.saturate(site, f"H{number}", options.connections, options.seconds).rate

            measured = interleaved({"intake": notified, "hello": greeted}, options.rounds)
        report.line("bare ASGI hello", measured["hello"], "/s")
        report.line("acknowledged durably", measured["intake"], "/s")
        report.against("ratio to hello", ratio(measured["intake"], measured["hello"]), AIM)
        for name, target in (("intake", intake), ("hello", hello)):
            report.line(f"{name}: p99, all connections busy", Series([load.p99 * 1000 for load in target.loads]), "ms")
            cost = f"{median(target.python):>10.0f} of Python, {median(target.postgres):.0f} of PostgreSQL"
            report.line(f"{name}: processor time a request", cost, "µs")


def prove(site: Site, prefix: str, load: Load) -> None:
    """Have everything decided; raises SiteError unless all that was acknowledged is booked, and the books are true."""
    site.run("bench.harness.decide", 0)
    with site.connect() as connection:
        booked = connection.execute(
            "SELECT count(*) FROM natural_key WHERE starts_with(reference, %s) AND booked_minor > 0", [f"{prefix}-"]
        ).fetchone()
    if not booked or booked[0] < load.acked:
        raise SiteError(f"{load.acked} were acknowledged, {booked} are booked.")
    site.prove()
