"""Processor time, which holds still where wall clocks swing with whoever else uses the machine: what a thing costs, and whom."""

import os
from collections.abc import Iterable
from pathlib import Path

from bench.harness.site import Connection

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of(pids: Iterable[int]) -> float:
    """User and system time of these processes so far; 0 for those that are gone, and where there is no /proc."""
    return sum(_seconds(pid) for pid in pids)


def backends(connection: Connection, application: str) -> list[int]:
    """The pids of the database's server processes that serve an application's connections."""
    rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE starts_with(application_name, %s)", [application])
    return [int(pid) for (pid,) in rows]


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS
