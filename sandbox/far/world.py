"""What the far side knows: its things (intents, orders, prompts), what was paid, and what it still has to do.

All of it is kept in SQLite, in a file when one is named: so a restart of the far side forgets nothing that it has promised.
Things are JSON objects by (gateway, kind, id); tasks are due at an instant and are carried out by the gateway's own function.
"""

import asyncio
import json
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from sandbox.far.dial import Dial, drawn

logger = logging.getLogger(__name__)
Act = Callable[[dict[str, Any]], Awaitable[None]]
TICK = 0.02

_TABLES = """
CREATE TABLE IF NOT EXISTS thing (gateway TEXT, kind TEXT, id TEXT, body TEXT, PRIMARY KEY (gateway, kind, id));
CREATE TABLE IF NOT EXISTS paid (
    gateway TEXT, reference TEXT, ours TEXT, amount_minor INTEGER, currency TEXT, PRIMARY KEY (gateway, reference));
CREATE TABLE IF NOT EXISTS task (number INTEGER PRIMARY KEY, due REAL, gateway TEXT, act TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS task_due ON task (due);
CREATE TABLE IF NOT EXISTS call (gateway TEXT, what TEXT, key TEXT, times INTEGER, PRIMARY KEY (gateway, what, key));
"""


@dataclass(frozen=True, slots=True)
class Callback:
    """A request to the product. `name` is what chaos is drawn by: the same for each telling of one fact.

    `is_taken` says of a reply (status, body) whether the gateway is content; what it is not content with comes again.
    """

    name: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    tries: int = 6
    pause: float = 1.0
    is_taken: Callable[[int, bytes], bool] = lambda status, _: status < 500


class World:
    """One far side. `secrets` are the gateways' settings by name, `tell_url` the product's public address."""

    def __init__(self, *, tell_url: str, secrets: dict[str, dict[str, Any]], seed: int = 1, file: str = ":memory:") -> None:
        self.tell_url = tell_url.rstrip("/")
        self.secrets = secrets
        self.seed = seed
        self.dial = Dial()
        self.pace = 1.0
        """Seconds that a payer takes to answer a prompt; 0 in tests that must not wait."""
        self._acts: dict[tuple[str, str], Act] = {}
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = wal")
        self._database.execute("PRAGMA synchronous = off")
        self._database.executescript(_TABLES)
        self._telling: set[asyncio.Task[None]] = set()

    # --- things ---

    def put(self, gateway: str, kind: str, identity: str, body: dict[str, Any]) -> None:
        self._database.execute("INSERT OR REPLACE INTO thing VALUES (?, ?, ?, ?)", (gateway, kind, identity, json.dumps(body)))

    def get(self, gateway: str, kind: str, identity: str) -> dict[str, Any] | None:
        row = self._database.execute(
            "SELECT body FROM thing WHERE gateway = ? AND kind = ? AND id = ?", (gateway, kind, identity)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def count(self, gateway: str, what: str, key: str = "") -> int:
        """Note that something was asked for, and say how often it has been: so tests see that nothing was charged twice."""
        self._database.execute(
            "INSERT INTO call VALUES (?, ?, ?, 1) ON CONFLICT (gateway, what, key) DO UPDATE SET times = times + 1",
            (gateway, what, key),
        )
        row = self._database.execute(
            "SELECT times FROM call WHERE gateway = ? AND what = ? AND key = ?", (gateway, what, key)
        ).fetchone()
        return int(row[0])

    def note_paid(self, gateway: str, reference: str, *, ours: str, amount_minor: int, currency: str) -> None:
        """Money has really moved on the far side, whatever is told about it. Once for each reference."""
        self._database.execute(
            "INSERT OR IGNORE INTO paid VALUES (?, ?, ?, ?, ?)", (gateway, reference, ours, amount_minor, currency)
        )

    def paid(self) -> list[dict[str, Any]]:
        """All that was ever paid: gateway, its reference, our reference, amount in minor units, currency."""
        names = ("gateway", "reference", "ours", "amount_minor", "currency")
        rows = self._database.execute("SELECT gateway, reference, ours, amount_minor, currency FROM paid ORDER BY rowid")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def calls(self) -> list[dict[str, Any]]:
        """How often what was asked of whom."""
        rows = self._database.execute("SELECT gateway, what, key, times FROM call ORDER BY rowid")
        return [dict(zip(("gateway", "what", "key", "times"), row, strict=True)) for row in rows]

    # --- what is still to be done ---

    def teach(self, gateway: str, act: str, function: Act) -> None:
        """`function` carries out the tasks of this name."""
        self._acts[gateway, act] = function

    def later(self, seconds: float, gateway: str, act: str, body: dict[str, Any]) -> None:
        """Have `act` carried out after `seconds`, times `pace`; over a restart, too."""
        due = time.time() + seconds * self.pace
        self._database.execute(
            "INSERT INTO task (due, gateway, act, body) VALUES (?, ?, ?, ?)", (due, gateway, act, json.dumps(body))
        )

    def waiting(self) -> int:
        """How much is still to be done: 0 when the far side has fallen quiet."""
        return int(self._database.execute("SELECT count(*) FROM task").fetchone()[0]) + len(self._telling)

    async def live(self) -> None:
        """Carry out what falls due, for ever."""
        async with httpx2.AsyncClient(base_url=self.tell_url, timeout=15, trust_env=False) as self._client:
            while True:
                rows = self._database.execute(
                    "SELECT number, gateway, act, body FROM task WHERE due <= ? ORDER BY due LIMIT 200", (time.time(),)
                ).fetchall()
                for number, gateway, act, body in rows:
                    self._database.execute("DELETE FROM task WHERE number = ?", (number,))
                    try:
                        await self._acts[gateway, act](json.loads(body))
                    except Exception:
                        logger.exception("the far side failed at %s %s", gateway, act)
                await asyncio.sleep(0 if rows else TICK)

    # --- telling the product ---

    def tell(self, callback: Callback) -> None:
        """Send a callback as the dial says: late, twice, or not at all. Unanswered ones come again."""
        chance = drawn(self.seed, "tell", callback.name)
        if chance.random() < self.dial.lose:
            return
        copies = 1 + (chance.randint(1, 3) if chance.random() < self.dial.duplicate else 0)
        for _ in range(copies):
            task = asyncio.create_task(self._tell(callback, chance.uniform(0, self.dial.delay)))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def ask(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Put a question to the product: status and body of its answer, (0, b"") where none came within eight seconds."""
        try:
            answer = await self._client.post(path, content=body, headers={"content-type": "application/json"}, timeout=8)
        except httpx2.HTTPError:
            return 0, b""
        return answer.status_code, answer.content

    def lies_about_amount(self, name: str) -> bool:
        """Should the callback of this name speak of another amount?"""
        return drawn(self.seed, "amount", name).random() < self.dial.wrong_amount

    async def _tell(self, callback: Callback, after: float) -> None:
        await asyncio.sleep(after)
        headers = {"content-type": "application/json", **callback.headers}
        for attempt in range(callback.tries):
            try:
                answer = await self._client.post(callback.path, content=callback.body, headers=headers)
                if callback.is_taken(answer.status_code, answer.content):
                    return
            except httpx2.HTTPError:
                pass
            await asyncio.sleep(min(callback.pause * 2**attempt, 10) * max(self.pace, 0.1))
