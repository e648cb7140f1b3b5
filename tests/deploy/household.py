"""A stand-in for what `make run` keeps alive: two processes that note each start, supervised until a signal comes.

python household.py DIRECTORY
"""

import os
import signal
import sys
import time
from pathlib import Path

from deploy.console import write
from deploy.processes import Process
from deploy.stopping import StopSignals
from deploy.supervisor import Supervisor

NOTE_AND_SLEEP = "import os,sys,time; print(os.getpid(), flush=True); time.sleep(1000)"


def main(directory: Path) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # tests that run under nohup hand their deafness down
    stop = StopSignals()
    members = [
        Process(name, [sys.executable, "-c", NOTE_AND_SLEEP, directory], log=directory / f"{name}.log", env=os.environ)
        for name in ("cook", "gardener")
    ]
    for member in members:
        member.spawn()
    supervisor = Supervisor(members)
    while not stop.asked():
        supervisor.tick()
        time.sleep(0.02)
    supervisor.stop(5.0, stop.impatient)
    write(f"impatient: {stop.impatient()}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
