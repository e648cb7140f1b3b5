"""For what happens by itself, sooner or later."""

import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], awaited: str, seconds: float = 60.0) -> None:
    """Wait for something to become true; fail with what was awaited when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds} s: {awaited}"
        time.sleep(0.02)
