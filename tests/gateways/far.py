"""The gateways' far side as a server of its own, as tests turn it and ask it for the truth."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from payments.errors import OutcomeUnknown
from payments.evidence import Evidence
from payments.gateways.outbound import Asked, OutboundGateway
from tests.servers import free_port, hatched


@dataclass(frozen=True, slots=True)
class FarSide:
    """`url` is where the gateways are: `<url>/daraja/…`, `<url>/stripe/…`."""

    url: str

    def turn(self, **dial: float) -> None:
        """Turn the chaos dial; `pace=0` has payers answer at once, `seed=7` draws other chances."""
        answer = httpx2.put(f"{self.url}/control/dial", json=dial, timeout=5)
        assert answer.status_code == 200, answer.text

    def paid(self) -> list[dict[str, Any]]:
        """All that was really paid, whatever was told."""
        return list(httpx2.get(f"{self.url}/control/paid", timeout=5).json()["paid"])

    def calls(self, gateway: str, what: str) -> int:
        """How often a gateway was asked for something, over all keys."""
        calls = httpx2.get(f"{self.url}/control/calls", timeout=5).json()["calls"]
        return sum(call["times"] for call in calls if call["gateway"] == gateway and call["what"] == what)

    def fall_quiet(self, seconds: float = 20) -> None:
        """Wait until nothing is left to be told."""
        until = time.monotonic() + seconds
        while httpx2.get(f"{self.url}/control/health", timeout=5).json()["waiting"]:
            assert time.monotonic() < until, "the far side has not fallen quiet"
            time.sleep(0.02)


@contextmanager
def far_side(log: Path, *, tell: str = "", pace: float = 0, seed: int = 1) -> Iterator[FarSide]:
    """A far side that tells its callbacks to `tell`. By default all are lost: nobody waits for the tries of what nobody hears."""
    port = free_port()
    command = [
        "manage.py",
        "sandbox",
        "--port",
        str(port),
        "--tell",
        tell or "http://127.0.0.1:9",
        "--pace",
        str(pace),
        "--seed",
        str(seed),
    ]
    far = FarSide(f"http://127.0.0.1:{port}")
    # It has nothing to lose: an answer that it owes to nobody any more is not waited for.
    with hatched(*command, log=log, patience=0) as child:
        until = time.monotonic() + 30
        while True:
            try:
                httpx2.get(f"{far.url}/control/health", timeout=2)
                break
            except httpx2.TransportError:
                assert not child.gone(), log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.02)
        if not tell:
            far.turn(lose=1.0)
        yield far


def charged_again_after_silence(far: FarSide, adapter: OutboundGateway, asked: Asked) -> Evidence:
    """What the second try of a charge brings, when the first was carried out and not answered."""
    assert adapter.query(asked, adapter.wire()).evidence == ()  # and the bearer is there
    far.turn(silence=1, silent_for=1.5)
    wire = adapter.wire()
    wire.answer_seconds = 0.5
    try:
        with pytest.raises(OutcomeUnknown):
            adapter.charge(asked, wire)
    finally:
        far.turn(silence=0)
    (fact,) = adapter.charge(asked, adapter.wire()).evidence
    far.fall_quiet()
    return fact
