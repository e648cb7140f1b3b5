"""(e) How much memory the application's processes take at most, under a burst and under steady load.

PSS shares out the pages that processes have in common, so that a sum of several counts each page once.
"""

import tempfile
import threading
from pathlib import Path

from bench.harness import report
from bench.harness.load import saturate, steady
from bench.harness.options import Options
from bench.harness.rounds import Series
from bench.harness.site import Site
from bench.intake import DOOR, FEE_MINOR, STUDENTS
from deploy.processes import Process

AIM_MB = 200.0
RATE = 1_000.0
EVERY_SECONDS = 0.2


class Watch(threading.Thread):
    """Looks at each process every now and then, and remembers the most it saw, in MB."""

    def __init__(self, processes: list[Process]) -> None:
        super().__init__(name="memory", daemon=True)
        self._processes, self._enough = processes, threading.Event()
        self.most_pss = {process.name: 0.0 for process in processes}
        self.most_at_once = 0.0

    def run(self) -> None:
        while not self._enough.wait(EVERY_SECONDS):
            now = {process.name: _with_children(process.pid or 0, "smaps_rollup", "Pss:") for process in self._processes}
            self.most_pss = {name: max(most, now[name]) for name, most in self.most_pss.items()}
            self.most_at_once = max(self.most_at_once, sum(now.values()))

    def stop(self) -> None:
        self._enough.set()
        self.join()


def run(options: Options) -> None:
    with tempfile.TemporaryDirectory(prefix="bursar-bench-") as state, Site(Path(state)) as site:
        report.machine(site)
        report.heading("(e) peak memory of all that `make run` keeps of the application, after a burst and under steady load")
        site.enroll(STUDENTS, fee_minor=FEE_MINOR)
        site.start_processes()
        watch = Watch(site.processes)
        watch.start()
        url = site.url + DOOR
        saturate(site, url, prefix="burst", students=STUDENTS, connections=256, seconds=options.seconds)
        site.wait_decided(within=300)
        steady(site, url, rate=RATE, seconds=options.seconds, prefix="steady", students=STUDENTS, connections=64)
        site.wait_decided(within=120)
        watch.stop()
        for process in site.processes:
            rss = _with_children(process.pid or 0, "status", "VmHWM:")
            report.line(f"{process.name}: peak RSS", f"{rss:>10,.0f} MB, peak PSS {watch.most_pss[process.name]:,.0f} MB")
        report.at_most("all application processes at once, PSS", Series([watch.most_at_once]), "MB", AIM_MB)
        site.prove()


def _with_children(pid: int, file: str, field: str) -> float:
    """In MB, with what it has forked; 0 for what is gone by the time that we look."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
        children = [child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    except OSError:
        return 0.0
    own = next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field)), 0.0)
    return own + sum(_with_children(int(child), file, field) for child in children)
