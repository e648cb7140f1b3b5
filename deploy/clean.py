"""`make clean`: away with `.local/`, unless somebody works in it."""

import fcntl
import shutil
import sys

from deploy.bootstrap import ROOT

STATE = ROOT / ".local"


def main() -> None:
    for lock in STATE.rglob("*.lock"):
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.exit(f"{lock} is held: stop what runs there first.")
    # A data directory whose server could not enter here lies elsewhere, and a link stands in its place.
    for link in STATE.glob("**/postgres-*"):
        if link.is_symlink():
            shutil.rmtree(link.resolve().parent, ignore_errors=True)
    shutil.rmtree(STATE, ignore_errors=True)


if __name__ == "__main__":
    main()
