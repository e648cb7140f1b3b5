"""The load: deliveries go out over kept-alive connections, and come again until they are answered, as a gateway's do.

With a rate the load is open: each delivery has its due time whatever the server does, and its latency counts from then, so
a server that stalls can't hide behind a sender that waits for it.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import aiohttp

from sandbox.delivery import Delivery

COME_AGAIN = frozenset({429, 502, 503, 504})
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
ANSWER_WITHIN_SECONDS = 30.0


class Answer(NamedTuple):
    """The last word on one delivery: the status (0: none came), how often it was sent, and seconds from due to answered."""

    status: int
    attempts: int
    seconds: float

    @property
    def acked(self) -> bool:
        return self.status == 200


def _ignore(_: Answer) -> None:
    return


async def send(
    deliveries: Sequence[Delivery],
    *,
    url: str,
    concurrency: int,
    rate: float = 0.0,
    patience: float = 30.0,
    answered: Callable[[Answer], None] = _ignore,
) -> list[Answer]:
    """Send each once, at most `concurrency` at a time, `rate` a second (0: as fast as they are answered); answers in order.

    What was refused for the moment, or not answered, is sent again for up to `patience` seconds. An answer is final.
    """
    answers: list[Answer] = [Answer(0, 0, 0.0)] * len(deliveries)
    numbers = iter(range(len(deliveries)))
    connector = aiohttp.TCPConnector(limit=concurrency)
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_SECONDS)
    async with aiohttp.ClientSession(url, connector=connector, timeout=timeout, auto_decompress=False) as session:
        started = time.perf_counter()

        async def carry(numbers: Iterator[int]) -> None:
            for number in numbers:
                due = started + number / rate if rate else time.perf_counter()
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                answers[number] = await _until_answered(session, deliveries[number], due, patience)
                answered(answers[number])

        async with asyncio.TaskGroup() as carriers:
            for _ in range(min(concurrency, len(deliveries))):
                carriers.create_task(carry(numbers))
    return answers


async def _until_answered(session: aiohttp.ClientSession, delivery: Delivery, due: float, patience: float) -> Answer:
    pause, attempts = FIRST_PAUSE, 0
    while True:
        attempts += 1
        status = await _once(session, delivery)
        waited = time.perf_counter() - due
        if (status and status not in COME_AGAIN) or waited + pause > patience:
            return Answer(status, attempts, waited)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _once(session: aiohttp.ClientSession, delivery: Delivery) -> int:
    try:
        async with session.post(delivery.path, data=delivery.body, headers=delivery.headers) as response:
            await response.read()
            return response.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return 0
