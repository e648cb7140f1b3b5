"""The chaos dial takes what can be meant, whole or not at all, and says what is wrong with the rest."""

import asyncio
from dataclasses import asdict

import httpx2
import pytest

from sandbox.far.app import FarSide
from sandbox.far.dial import Dial
from sandbox.far.world import World


@pytest.fixture
def world(settings) -> World:
    return World(tell_url="http://127.0.0.1:9", secrets=settings.GATEWAYS)


def turned(world: World, body: str) -> httpx2.Response:
    async def turn() -> httpx2.Response:
        transport = httpx2.ASGITransport(FarSide(world))
        async with httpx2.AsyncClient(transport=transport, base_url="http://far") as client:
            return await client.put("/control/dial", content=body)

    return asyncio.run(turn())


def test_what_is_turned_is_told(world: World):
    told = turned(world, '{"lose": 1, "delay": 86400, "pace": 0, "seed": 7}')

    assert told.status_code == 200
    assert told.json() == {"dial": asdict(Dial(lose=1.0, delay=86_400.0)), "pace": 0.0, "seed": 7}
    assert turned(world, "").json() == told.json()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"lose": NaN}', "lose must be a number from 0 to 1, not nan"),
        ('{"delay": Infinity}', "delay must be a number from 0 to 86400, not inf"),
        ('{"lose": -0.1}', "lose must be a number from 0 to 1, not -0.1"),
        ('{"errors": 1.01}', "errors must be a number from 0 to 1, not 1.01"),
        ('{"delay": 1e300}', "delay must be a number from 0 to 86400, not 1e+300"),
        ('{"duplicate": "0.3"}', "duplicate must be a number from 0 to 1, not '0.3'"),
        ('{"silence": true}', "silence must be a number from 0 to 1, not True"),
        ('{"silent_for": null}', "silent_for must be a number from 0 to 86400, not None"),
        ('{"pace": NaN}', "pace must be a number from 0 to 86400, not nan"),
        ('{"pace": -1}', "pace must be a number from 0 to 86400, not -1"),
        ('{"seed": 1.5}', "seed must be a whole number, not 1.5"),
        ('{"chaos": 1}', "the dial has no chaos"),
        ('{"lose"', "the body is no JSON object"),
        ("[0.3]", "the body is no JSON object"),
    ],
)
def test_what_is_no_share_no_delay_and_no_name_is_refused_and_turns_nothing(world: World, body: str, said: str):
    before = turned(world, "{}").json()
    refused = turned(world, body)

    assert (refused.status_code, refused.json()["error"][: len(said)]) == (400, said)
    assert turned(world, "{}").json() == before


def test_what_comes_with_a_refusal_is_not_turned_either(world: World):
    assert turned(world, '{"pace": 0, "seed": 7, "delay": 5, "lose": 2}').status_code == 400
    assert turned(world, "{}").json() == {"dial": asdict(Dial()), "pace": 1.0, "seed": 1}
