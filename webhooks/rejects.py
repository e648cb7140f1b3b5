"""What the door refused, kept small: at most a few rows a second, a kilobyte of each, and a count of the rest."""

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

from core.crypto import keyring
from core.ids import new_id_text
from core.sql import bytes_array, instant_array, plain_array, query, text_array
from webhooks.statements import Statements

logger = logging.getLogger(__name__)
WRITE_EVERY_SECONDS = 1.0
KEEP_EACH_SECOND = 10
SAMPLE_BYTES = 1024


class Reject(NamedTuple):
    gateway: str
    status: int
    reason: str
    size: int
    sample: bytes
    address: str
    suppressed: int
    received_at: datetime


class RejectLog:
    """Writes refusals once a second, over the connection of the deliveries. Losing some is allowed; growing is not."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._kept: list[Reject] = []
        self._suppressed: Counter[tuple[str, int]] = Counter()
        self._writer = asyncio.create_task(self._run(), name="intake-rejects")

    def note(self, *, gateway: str, status: int, reason: str, size: int, sample: bytes, address: str) -> None:
        kind = (gateway, status)
        if len(self._kept) >= KEEP_EACH_SECOND:
            self._suppressed[kind] += 1
            return
        now = datetime.now(UTC)
        self._kept.append(
            Reject(gateway, status, reason[:200], size, sample[:SAMPLE_BYTES], address, self._suppressed.pop(kind, 0), now)
        )

    async def stop(self) -> None:
        self._writer.cancel()
        await self._write()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_SECONDS)
            await self._write()

    async def _write(self) -> None:
        rejects, self._kept = self._kept, []
        if not rejects:
            return
        gateways, statuses, reasons, sizes, samples, addresses, suppressed, instants = zip(*rejects, strict=True)
        try:
            await self._statements.execute(
                query("webhooks", "store_rejects"),
                [
                    plain_array(new_id_text() for _ in rejects),
                    text_array(gateways),
                    plain_array(statuses),
                    text_array(reason.replace("\0", "") for reason in reasons),
                    plain_array(sizes),
                    bytes_array(keyring().seal(sample) for sample in samples),
                    text_array(addresses),
                    plain_array(suppressed),
                    instant_array(instants),
                ],
            )
        except Exception as failed:  # noqa: BLE001 - whatever it is, those that come after this second are noted
            logger.warning("%s refusals could not be noted: %s", len(rejects), failed)
