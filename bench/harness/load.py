"""As many requests as the server takes, from wrk where there is one, else from our own generator."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from bench.harness.site import Site, SiteError

NOTIFY = Path(__file__).with_name("notify.lua")


class Load(NamedTuple):
    """What a burst of load brought: answers in all, how many were no 200, connections that broke, and latency in seconds."""

    answered: int
    refused: int
    broken: int
    seconds: float
    p50: float
    p99: float

    @property
    def acked(self) -> int:
        return self.answered - self.refused

    @property
    def rate(self) -> float:
        return self.acked / self.seconds


def generator_name() -> str:
    return "wrk" if shutil.which("wrk") else "our own generator (wrk is not installed)"


def saturate(
    site: Site, url: str, *, prefix: str, students: int, connections: int, seconds: float, script: Path = NOTIFY, **told: str
) -> Load:
    """Keep every connection busy for so long. Raises SiteError when anything was refused.

    `script` is wrk's, and `told` its environment; without wrk our own generator speaks what NOTIFY does.
    """
    if shutil.which("wrk"):
        environment = {**site.environment(), "BENCH_PREFIX": prefix, "BENCH_STUDENTS": str(students), **told}
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", str(script), url]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SiteError(f"wrk failed: {done.stderr}")
        return _read(done.stdout)
    return steady(site, url, prefix=prefix, students=students, connections=connections, seconds=seconds, rate=0)


def steady(site: Site, url: str, *, rate: float, seconds: float, log: Path | None = None, **options: Any) -> Load:
    """`rate` requests a second, whatever the server does; 0 is as fast as it goes. Raises SiteError as `saturate` does."""
    arguments = [f"--{name}={value}" for name, value in {**options, "rate": rate, "seconds": seconds}.items()]
    return _read(site.run("bench.harness.generator", url, *arguments, *([f"--log={log}"] if log else [])))


def _read(said: str) -> Load:
    load = Load(**json.loads(said.strip().splitlines()[-1]))
    if load.refused or load.broken:
        raise SiteError(f"{load.refused} requests were refused, {load.broken} connections broke.")
    return load
