"""A gateway that is not answered comes again; one that is answered never does. Waiting is never hidden."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.delivery import Delivery
from sandbox.sending import Answer, send
from tests.servers import free_port

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answers_of(handler: Handler, count: int, **options: float) -> list[Answer]:
    """Send `count` bodies "0", "1", … to a server that answers with `handler`."""

    async def run() -> list[Answer]:
        app = web.Application()
        app.router.add_post("/door", handler)
        runner = web.AppRunner(app)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        deliveries = [Delivery("/door", {"Content-Type": "application/json"}, b"%d" % number) for number in range(count)]
        try:
            return await send(deliveries, url=f"http://127.0.0.1:{port}", **({"concurrency": 4} | options))  # type: ignore[arg-type]
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_what_is_not_acknowledged_comes_again_until_it_is() -> None:
    seen: Counter[bytes] = Counter()

    async def third_time_lucky(request: web.Request) -> web.Response:
        body = await request.read()
        seen[body] += 1
        return web.Response(status=200 if seen[body] == 3 else 503)

    answers = answers_of(third_time_lucky, 5)
    assert [(answer.status, answer.attempts) for answer in answers] == [(200, 3)] * 5
    assert set(seen.values()) == {3}


def test_a_connection_that_breaks_is_no_answer() -> None:
    seen: Counter[bytes] = Counter()

    async def hang_up_once(request: web.Request) -> web.Response:
        body = await request.read()
        seen[body] += 1
        if seen[body] == 1 and request.transport is not None:
            request.transport.abort()
        return web.Response()

    assert [(a.status, a.attempts) for a in answers_of(hang_up_once, 3)] == [(200, 2)] * 3


def test_a_refusal_is_an_answer() -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=400)

    assert [(a.status, a.attempts) for a in answers_of(refuse, 3)] == [(400, 1)] * 3


def test_patience_ends() -> None:
    async def away(request: web.Request) -> web.Response:
        return web.Response(status=503)

    [answer] = answers_of(away, 1, patience=2)
    assert not answer.acked
    assert answer.attempts > 1


def test_latency_counts_from_the_due_time_not_from_when_the_sender_got_round_to_it() -> None:
    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.1)
        return web.Response()

    answers = answers_of(slow, 5, concurrency=1, rate=1000)
    assert answers[-1].seconds > 0.45


def test_a_rate_is_kept() -> None:
    arrived: list[float] = []

    async def note(request: web.Request) -> web.Response:
        arrived.append(asyncio.get_running_loop().time())
        return web.Response()

    began = time.monotonic()  # which is the loop's time
    answers_of(note, 11, rate=50)
    assert 0.19 < arrived[-1] - began < 20
