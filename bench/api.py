"""(g) How many payments a second are started over the API, and how long one takes, against a view that does nothing.

A payment is the whole of it: a key is proved, an Idempotency-Key taken, and payment, request, attempt and event committed.
"""

import json
import shutil
import tempfile
from pathlib import Path

from bench.harness import report
from bench.harness.load import Load, saturate
from bench.harness.options import Options
from bench.harness.rounds import Series, interleaved, ratio
from bench.harness.site import Site, SiteError

STUDENTS = 1_000
FEE_MINOR = 100_000_00
PROCESSES = 2
AT_ONCE = 16
DOOR = "/api/v1/payments"
PAY = Path(__file__).parent / "harness" / "pay.lua"
_STAND = """
SELECT (SELECT count(*) FROM payment), (SELECT count(*) FROM payment_attempt), (SELECT count(*) FROM idempotency_key)
"""


def run(options: Options) -> None:
    if not shutil.which("wrk"):
        raise SiteError("wrk is not installed, and our own generator speaks to the intake alone.")
    with tempfile.TemporaryDirectory(prefix="bursar-bench-") as state, Site(Path(state), intakes=PROCESSES) as site:
        report.machine(site)
        report.heading(
            f"(g) payments a second: {PROCESSES} processes, {AT_ONCE} connections, {options.seconds:g} s a round, from wrk"
        )
        site.enroll(STUDENTS, fee_minor=FEE_MINOR)
        key, secret = json.loads(site.run("bench.harness.shop"))
        who = {"BENCH_KEY": key, "BENCH_SECRET": secret}
        site.start_intakes()
        with site.serving("bench.harness.bare:application", PROCESSES) as (url, _):
            loads: dict[str, list[Load]] = {"payments": [], "bare": []}

            def burst(name: str, at: str, prefix: str, seconds: float) -> Load:
                load = saturate(
                    site, at + DOOR, prefix=prefix, students=STUDENTS, connections=AT_ONCE, seconds=seconds, script=PAY, **who
                )
                loads[name].append(load)
                return load

            def paid(number: int) -> float:
                return burst("payments", site.url, f"P{number}", options.seconds).rate

            def answered(number: int) -> float:
                return burst("bare", url, f"B{number}", options.seconds).rate

            burst("payments", site.url, "warm", 1)
            burst("bare", url, "warm", 1)
            measured = interleaved({"payments": paid, "bare": answered}, options.rounds)
            prove(site, sum(load.acked for load in loads["payments"]))
        report.line("bare DRF view", measured["bare"], "/s")
        report.line("payments started", measured["payments"], "/s")
        quotient = ratio(measured["payments"], measured["bare"])
        spread = f"({min(quotient.values):.3f} to {max(quotient.values):.3f})"
        report.line("ratio to the bare view", f"{quotient.median:>10.3f}   {spread}")
        for name, bursts in loads.items():
            for part in ("p50", "p99"):
                waited = Series([getattr(load, part) * 1000 for load in bursts[1:]])
                report.line(f"{name}: {part}, all connections busy", waited, "ms")


def prove(site: Site, acked: int) -> None:
    """Raises SiteError unless every payment that was answered stands, with one attempt, and the books are true."""
    with site.connect() as connection:
        stand = connection.execute(_STAND).fetchone()
    if not stand or stand[0] < acked or len(set(stand)) > 1:
        raise SiteError(f"{acked} were answered, and of payments, attempts and keys there are {stand}.")
    site.prove()
