"""What a benchmark says: on which machine, what was measured, how it stands to its floor and to its aim."""

import os
import platform
import shlex
import sys
from pathlib import Path

import django
import psycopg

from bench.harness.rounds import Series
from bench.harness.site import Site


def machine(site: Site) -> None:
    """Where, with what, and how to do it again."""
    cpu = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), platform.machine()
    )
    memory = next((int(line.split()[1]) // 1024 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    with site.connect() as connection:
        server = connection.info.server_version
    print(f"machine   {cpu}, {os.cpu_count()} cores, {memory:,} MB, {platform.system()} {platform.release()}; load before {load}")
    print(
        f"versions  Python {platform.python_version()}, Django {django.__version__}, psycopg {psycopg.__version__},"
        f" PostgreSQL {server // 10000}.{server % 10000} with fsync"
    )
    print(f"command   python -m bench {shlex.join(sys.argv[1:])}\n", flush=True)


def heading(text: str) -> None:
    print(f"{text}", flush=True)


def line(name: str, value: object, unit: str = "") -> None:
    print(f"  {name:<44} {value} {unit}".rstrip(), flush=True)


def against(name: str, measured: Series, aim: float) -> None:
    """A ratio to a floor, and whether it reaches its aim."""
    spread = f"({min(measured.values):.2f} to {max(measured.values):.2f})"
    line(name, f"{measured.median:>10.2f}   {spread}", f"aim ≥ {aim:g}: {'reached' if measured.median >= aim else 'MISSED'}")


def at_most(name: str, measured: Series, unit: str, aim: float) -> None:
    """A quantity with a ceiling."""
    spread = f"({min(measured.values):,.1f} to {max(measured.values):,.1f})"
    verdict = "reached" if measured.median <= aim else "MISSED"
    line(name, f"{measured.median:>10,.1f}   {spread}", f"{unit}; aim ≤ {aim:g}: {verdict}")


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
