"""Access tokens of gateways that have one log in first: fetched by one worker, used by all until shortly before they expire.

They are kept in the cache, sealed. Where the cache is away each worker logs in for itself: slower, and nothing else.
"""

import base64
import hashlib
import json
import logging
import time
from collections.abc import Callable
from typing import NamedTuple

from django.core.cache import cache
from redis.exceptions import RedisError

from core.crypto import keyring
from core.errors import Tampered, UnknownKey

logger = logging.getLogger(__name__)
EARLY_SECONDS = 60
"""A token is given up so long before its gateway would refuse it."""
LOGIN_SECONDS = 25
"""For so long one worker may be logging in while the others wait."""
PAUSE = 0.05


class Token(NamedTuple):
    """A fresh token and the seconds that its gateway says it is good for."""

    text: str
    expires_in: int


def token(gateway: str, account: str, log_in: Callable[[], Token], *, refused: str = "") -> str:
    """The token of `account` (who logs in where: base URL and client id) at a gateway, by `log_in` when none is known.

    `refused` is a token that the gateway has just turned down, though it should have been good: it is not given again.
    Raises what `log_in` raises.
    """
    name = f"gateway-token:{gateway}:{hashlib.sha256(account.encode()).hexdigest()[:32]}"
    until = time.monotonic() + LOGIN_SECONDS
    while True:
        known = _known(name)
        if known and known != refused:
            return known
        if _is_ours(name) or time.monotonic() >= until:
            break
        time.sleep(PAUSE)
    try:
        fresh = log_in()
        _keep(name, fresh)
    finally:
        _let_go(name)
    return fresh.text


def _known(name: str) -> str:
    sealed = _safely(lambda: cache.get(name))
    if not isinstance(sealed, str):
        return ""
    try:
        text: str = json.loads(keyring().open(base64.b64decode(sealed)))
    except (ValueError, Tampered, UnknownKey):  # sealed with a key that is gone: as good as none
        return ""
    return text


def _keep(name: str, fresh: Token) -> None:
    seconds = fresh.expires_in - EARLY_SECONDS
    if seconds > 0:
        sealed = base64.b64encode(keyring().seal(json.dumps(fresh.text).encode())).decode()
        _safely(lambda: cache.set(name, sealed, seconds))


def _is_ours(name: str) -> bool:
    """The right to log in, for LOGIN_SECONDS; everyone's where the cache is away."""
    return _safely(lambda: cache.add(f"{name}:lock", "1", LOGIN_SECONDS)) is not False


def _let_go(name: str) -> None:
    _safely(lambda: cache.delete(f"{name}:lock"))


def _safely(act: Callable[[], object]) -> object:
    try:
        return act()
    except RedisError as away:
        logger.warning("the cache is away, gateways' tokens are not shared: %s", away)
        return None
