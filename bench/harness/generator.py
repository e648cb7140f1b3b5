"""A lean load generator in a process of its own: kept-alive raw sockets, prepared bytes, one request at a time on each.

With a rate the load is open: each request has its due time, and its latency counts from then. Prints a summary as JSON;
--log notes `reference due acknowledged` (seconds of the epoch) for each request.
"""

import argparse
import asyncio
import json
import os
import time
from collections import deque
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop

from bench.harness.school import name_of

_LAG = 10.0


class Load:
    """What is to be sent, what is due, and what was answered."""

    def __init__(self, options: argparse.Namespace) -> None:
        parts = urlsplit(options.url)
        token = os.environ.get("CELLULANT_BEARER_TOKEN", "")
        self.address = parts.hostname or "", parts.port or 80
        self._head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._prefix, self._students, self._rate = options.prefix, options.students, options.rate
        self._seconds = options.seconds
        self.idle: deque[Line] = deque()
        self.late: deque[tuple[int, float]] = deque()
        self.number = self.under_way = self.refused = self.broken = 0
        self.answered: list[tuple[int, float, float]] = []

    def request(self, number: int) -> bytes:
        body = (
            f'{{"transactionId":"{self.reference(number)}","studentId":"{name_of(number % self._students)}","amountPaid":'
            f'{100 + number % 9000}.50,"paymentMethod":"MPESA","status":"SUCCESS","timestamp":"2026-03-14T20:10:00.000Z"}}'
        ).encode()
        return b"%s%d\r\n\r\n%s" % (self._head, len(body), body)

    def reference(self, number: int) -> str:
        return f"{self._prefix}-{number:08}"

    async def run(self, connections: int) -> float:
        """Returns the seconds from the first due time to the last answer."""
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, line = await loop.create_connection(lambda: Line(self), *self.address)
            self.idle.append(line)
        self.started = loop.time()
        self.ends = self.started + self._seconds
        if self._rate:
            await self._keep_the_rate(loop)
        else:
            for line in list(self.idle):
                self.next(line)
        while self.under_way or self.late:
            await asyncio.sleep(0.01)
            if loop.time() > self.ends + _LAG:
                break
        return loop.time() - self.started

    async def _keep_the_rate(self, loop: asyncio.AbstractEventLoop) -> None:
        for number in range(int(self._rate * self._seconds)):
            due = self.started + number / self._rate
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            if self.idle:
                self.under_way += 1
                self.idle.popleft().ask(number, due)
            else:
                self.late.append((number, due))

    def next(self, line: "Line") -> None:
        """A line is free: it takes what is overdue, or, when the load is closed, simply the next."""
        now = line.loop.time()
        if self.late:
            self.under_way += 1
            line.ask(*self.late.popleft())
        elif self._rate or now > self.ends:
            self.idle.append(line)
        else:
            self.number += 1
            self.under_way += 1
            line.ask(self.number, now)


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: Load) -> None:
        self.load, self.loop = load, asyncio.get_running_loop()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.WriteTransport, transport)

    def ask(self, number: int, due: float) -> None:
        self._number, self._due = number, due
        self._transport.write(self.load.request(number))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
            return
        if self._received.startswith(b"HTTP/1.1 200"):
            self.load.answered.append((self._number, self._due, self.loop.time()))
        else:
            self.load.refused += 1
        self._received = b""
        self.load.under_way -= 1
        self.load.next(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self not in self.load.idle:
            self.load.broken += 1
            self.load.under_way -= 1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--log", type=Path)
    options = parser.parse_args()
    load = Load(options)
    seconds = uvloop.run(_measured(load, options))
    waits = sorted(acknowledged - due for _, due, acknowledged in load.answered) or [0.0]
    print(
        json.dumps(
            {
                "answered": len(load.answered) + load.refused,
                "refused": load.refused,
                "broken": load.broken,
                "seconds": seconds,
                "p50": waits[len(waits) // 2],
                "p99": waits[len(waits) * 99 // 100],
            }
        )
    )


async def _measured(load: Load, options: argparse.Namespace) -> float:
    seconds = await load.run(options.connections)
    if options.log:
        # The event loop's clock has no epoch; this is when its zero was.
        zero = time.time() - asyncio.get_running_loop().time()
        lines = (f"{load.reference(number)} {zero + due:.6f} {zero + at:.6f}" for number, due, at in load.answered)
        options.log.write_text("\n".join(lines))
    return seconds


if __name__ == "__main__":
    main()
