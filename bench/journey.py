"""`python -m bench.journey`: payments over all gateways while everything lies, stalls and is killed; then all are accounted for.

The far side knows what was really paid. At quiescence no payment is pending or unknown, and what is settled, in suspense or in
front of staff is what was paid, to the minor unit.
"""

import argparse
import asyncio
import json
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from bench.harness.site import Site, SiteError, wait_for
from bench.storm import disasters, payers
from bench.storm.accounts import lies_of
from bench.storm.trial import carry_out, parser_of, say, with_books
from deploy.processes import Process

DIAL = {
    "delay": 2.0,
    "duplicate": 0.3,
    "lose": 0.2,
    "wrong_amount": 0.03,
    "errors": 0.1,
    "silence": 0.02,
    "silent_for": 25.0,
}
ORDER_LASTS = timedelta(seconds=150)
"""As long as a question is asked about what nobody paid, all ladders being fifty times as fast."""
CONCURRENCY = 16
QUIET_WITHIN = 1200.0
_STIR = """
SELECT (SELECT count(*) FROM payment_attempt WHERE status IN ('prepared', 'sent')),
       (SELECT count(*) FROM payment_request WHERE next_poll_at IS NOT NULL),
       (SELECT count(*) FROM inbound_pending)
"""


def main() -> int:
    parser = parser_of("journey", __doc__, count=2_000, of="payments", kills=4)
    parser.add_argument("--calm", action="store_true", help="gateways on their best day, and nothing killed")
    good = "what was paid is settled, in suspense or in front of staff, to the minor unit"
    return carry_out(journey, parser.parse_args(), "journey", good)


def journey(options: argparse.Namespace, state: Path) -> list[str]:
    """One journey from beginning to end; what it proved wrong."""
    with Site(state, intakes=2, workers=2) as site:
        key = json.loads(site.run("bench.harness.shop"))
        far = site.python(
            "far-side", "sandbox.far", "--port", site.sandbox_port, "--tell", site.url, "--seed", options.seed, "--pace", 0.6
        )
        far.spawn()
        try:
            wait_for(f"{site.sandbox_url}/control/health", [far])
            site.start_processes()
            site.manage("register_tills")
            if not options.calm:
                turn(site, DIAL)
            return travel(options, site, far, key)
        finally:
            far.stop()


def travel(options: argparse.Namespace, site: Site, far: Process, key: list[str]) -> list[str]:
    wanted = payers.draw(options.count, seed=options.seed)
    say(f"seed {options.seed}: {len(wanted):,} payments over {len(payers.WAYS)} ways")
    asked = 0

    def counted() -> None:
        nonlocal asked
        asked += 1

    plague = [] if options.calm else disasters.draw(site, kills=options.kills, random=Random(options.seed))
    bringer = disasters.Bringer(plague, lambda: asked / len(wanted), say)
    bringer.start()
    begun = time.monotonic()
    started = asyncio.run(ask_all(site.url, key, wanted, counted))
    bringer.join(timeout=300)
    say(f"all asked for in {time.monotonic() - begun:.0f} s, {bringer.brought} disasters survived")
    turn(site, {"silence": 0.0, "errors": 0.0})
    begun = time.monotonic()
    fall_quiet(site)
    say(f"quiet after {time.monotonic() - begun:.0f} s more")
    with urllib.request.urlopen(f"{site.sandbox_url}/control/paid") as answer:  # noqa: S310 - our own loopback address
        paid = json.load(answer)["paid"]
    survived = bringer.lies([*site.processes, far])
    site.stop_processes()
    with site.connect() as connection:
        lies = lies_of(connection, paid, expected=started, say=say)
    return with_books(survived + lies, site)


async def ask_all(url: str, key: list[str], wanted: list[payers.Wanted], counted: Any) -> int:
    """Make every order and start its payment, each with an idempotency key, again and again until it is answered.

    Returns how many payments were started: the second of an order comes too late when the first has paid it.
    """
    started = 0
    headers = {"X-Api-Key": key[0], "X-Api-Secret": key[1]}
    numbers = iter(range(len(wanted)))
    timeout = aiohttp.ClientTimeout(total=15)
    async with aiohttp.ClientSession(url, headers=headers, timeout=timeout) as session:

        async def carry() -> None:
            nonlocal started
            for number in numbers:
                until = {"expires_at": (datetime.now(UTC) + ORDER_LASTS).isoformat()}
                order = await until_answered(session, "/api/v1/orders", f"order-{number}", wanted[number].order | until)
                for name, how in (("payment", wanted[number].payment), ("again", wanted[number].again)):
                    payment = {"order_id": order["id"], **(how or {})}
                    if how and await until_answered(session, "/api/v1/payments", f"{name}-{number}", payment):
                        started += 1
                counted()

        async with asyncio.TaskGroup() as carriers:
            for _ in range(CONCURRENCY):
                carriers.create_task(carry())
    return started


async def until_answered(session: aiohttp.ClientSession, path: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """The 201, or {} where the order is paid by now. What was not answered, or not for good, is sent again with the same key."""
    deadline = time.monotonic() + 120
    last = ""
    while time.monotonic() < deadline:
        try:
            async with session.post(path, json=body, headers={"Idempotency-Key": key}) as response:
                text = await response.text()
                if response.status == 201:
                    return dict(json.loads(text))
                if response.status == 409 and json.loads(text)["code"] == "order_paid":
                    return {}
                last = f"{response.status} {text[:500]}"
                if response.status < 500 and response.status not in {409, 429}:
                    break
        except (aiohttp.ClientError, TimeoutError, OSError) as away:
            last = repr(away)
        await asyncio.sleep(0.3)
    raise SiteError(f"{path} {body} was not answered: {last}")


def fall_quiet(site: Site) -> None:
    """Until nothing is left to send, to ask, to tell or to decide. Raises SiteError when that does not come."""
    deadline = time.monotonic() + QUIET_WITHIN
    quiet = 0
    with site.connect() as connection:
        while quiet < 5:
            stir = connection.execute(_STIR).fetchone()
            with urllib.request.urlopen(f"{site.sandbox_url}/control/health") as answer:  # noqa: S310 - our own loopback address
                waiting = json.load(answer)["waiting"]
            quiet = quiet + 1 if stir == (0, 0, 0) and not waiting else 0
            if time.monotonic() > deadline:
                raise SiteError(f"no quiet after {QUIET_WITHIN:g} s: attempts, questions, inbox {stir}; the far side {waiting}")
            time.sleep(0.5)


def turn(site: Site, dial: dict[str, float]) -> None:
    request = urllib.request.Request(f"{site.sandbox_url}/control/dial", json.dumps(dial).encode(), method="PUT")  # noqa: S310 - ours
    urllib.request.urlopen(request).close()  # noqa: S310 - our own loopback address


if __name__ == "__main__":
    sys.exit(main())
