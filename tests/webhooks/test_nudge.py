"""The thread behind the door that wakes the drain."""

import threading
import time

import pytest

from webhooks import nudge as nudges
from webhooks.nudge import COALESCE_SECONDS, Nudger


def test_an_end_waits_for_no_pause_and_nudges_for_what_came_in_it(monkeypatch: pytest.MonkeyPatch):
    sent: list[str] = []
    monkeypatch.setattr(nudges, "nudge", sent.append)
    nudger = Nudger("drain")
    nudger.wake()
    while not sent:
        time.sleep(0.01)
    nudger.wake()
    begun = time.monotonic()
    nudger.stop()
    assert time.monotonic() - begun < COALESCE_SECONDS / 2
    assert sent == ["drain", "drain"]


def test_what_came_while_the_last_nudge_was_on_its_way_is_nudged_for_as_well(monkeypatch: pytest.MonkeyPatch):
    sent: list[str] = []
    nudger = Nudger("drain")
    ending = threading.Thread(target=nudger.stop)

    def end_meanwhile(task: str) -> None:
        sent.append(task)
        if len(sent) == 1:
            nudger.wake()
            ending.start()
            assert nudger._stopping.wait(20)

    monkeypatch.setattr(nudges, "nudge", end_meanwhile)
    nudger.wake()
    nudger._thread.join(20)
    ending.join(20)
    assert sent == ["drain", "drain"]
