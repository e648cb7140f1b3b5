"""Is a presented token one of a gateway's own? Asked at every unsigned door, so it is answered from memory.

`load` reads the tokens that stand, `Snapshot.matches` compares and touches nothing else. The intake lane loads on a schedule of
its own and swaps its snapshot; Django views call `matches`, which loads again at most every REFRESH_SECONDS. So a revoked token
is refused everywhere within those few seconds, and a lookup is never paid for by a request.
"""

import hmac
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from threading import Lock
from typing import NamedTuple

from access.models import GatewayToken
from core.crypto import keyed_digest

REFRESH_SECONDS = 3.0
LONGEST = 512


class Candidate(NamedTuple):
    """A token that stands: its keyed digest, where it may be presented, and between which POSIX instants."""

    digest: bytes
    kind: str
    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tokens of every gateway as they stood when it was loaded."""

    candidates: Mapping[str, tuple[Candidate, ...]]

    def matches(self, gateway: str, presented: str | bytes, *, kind: str | None = None) -> bool:
        """Is `presented` a token of `gateway` that is valid now: of one `kind` of door, or of either?

        Every candidate is compared, in constant time and without an early exit. No I/O: an event loop may call it.
        """
        digest, now, found = _digest(presented), time.time(), False
        for candidate in self.candidates.get(gateway, ()):
            same = hmac.compare_digest(candidate.digest, digest)
            found |= same and kind in {None, candidate.kind} and candidate.begins <= now < candidate.ends
        return found


def load() -> Snapshot:
    """Read the tokens that stand: one query, blocking; in an event loop call it through a thread."""
    found: dict[str, list[Candidate]] = defaultdict(list)
    for token in GatewayToken.objects.standing():
        ends = inf if token.valid_until is None else token.valid_until.timestamp()
        found[token.gateway].append(Candidate(bytes(token.digest), token.kind, token.valid_from.timestamp(), ends))
    return Snapshot({gateway: tuple(candidates) for gateway, candidates in found.items()})


def matches(gateway: str, presented: str | bytes, *, kind: str | None = None) -> bool:
    """`Snapshot.matches` against this process's own snapshot, for Django views: it may query, so never in an event loop."""
    return _own.current().matches(gateway, presented, kind=kind)


def forget() -> None:
    """Let the next `matches` of this process load again; a service that changes tokens calls it after commit."""
    _own.forget()


def token_digest(token: str) -> bytes:
    """What is kept of a token."""
    return keyed_digest("gateway_token", token)


class _OwnSnapshot:
    """The snapshot of this process; whichever thread finds it stale loads the next one, the others wait for that."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._snapshot = Snapshot({})
        self._stale_at = -inf
        self._wanted = self._loaded = object()

    def current(self) -> Snapshot:
        if self._is_stale():
            with self._lock:
                if self._is_stale():
                    loading = self._wanted  # whoever forgets while it is read wants the next one
                    self._snapshot, self._stale_at = load(), time.monotonic() + REFRESH_SECONDS
                    self._loaded = loading
        return self._snapshot

    def forget(self) -> None:
        self._wanted = object()

    def _is_stale(self) -> bool:
        return self._loaded is not self._wanted or time.monotonic() >= self._stale_at


_own = _OwnSnapshot()


@lru_cache(maxsize=64)
def _digest(presented: str | bytes) -> bytes:
    """Remembered, because the same few are presented a thousand times a second: that a token was seen before is no secret."""
    # Latin-1 gives every byte a character, so unreadable bytes become a text that no token equals instead of an error.
    text = presented.decode("latin-1") if isinstance(presented, bytes) else presented
    return token_digest(text if len(text) <= LONGEST and text.isascii() else "")
