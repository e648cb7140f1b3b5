"""Passwords are hashed by argon2 with Django's cost: 100 MiB and half a second each, so only a few at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

from core.errors import Unavailable

AT_ONCE = 2
PATIENCE = 10.0
_turns = BoundedSemaphore(AT_ONCE)


class Argon2InTurn(Argon2PasswordHasher):
    """Argon2 that never takes more memory than AT_ONCE hashes: whoever floods the sign-in page makes a queue, not an outage.

    Raises Unavailable when the queue does not move within PATIENCE seconds.
    """

    def encode(self, password: str, salt: str) -> str:
        with _turn():
            return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        with _turn():
            return bool(super().verify(password, encoded))


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=PATIENCE):
        raise Unavailable("Too many people sign in at this moment; try again in a minute.")
    try:
        yield
    finally:
        _turns.release()
