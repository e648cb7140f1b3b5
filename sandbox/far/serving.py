"""The far side on a port of its own."""

import logging
from collections.abc import Mapping
from typing import Any

import uvicorn

from sandbox.far.app import FarSide
from sandbox.far.world import World


def serve(*, secrets: Mapping[str, dict[str, Any]], port: int, tell: str, seed: int, state: str, pace: float) -> None:
    """Serve until stopped. `secrets` are the gateways' settings by name."""
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    world = World(tell_url=tell, secrets=dict(secrets), seed=seed, file=state)
    world.pace = pace
    uvicorn.run(FarSide(world), host="127.0.0.1", port=port, log_level="warning", access_log=False)
