"""Access tokens of gateways that have one log in first: fetched by one worker, used by all until shortly before they expire.

They are kept in the cache, sealed. Where the cache is away each process logs in for itself, and a call that meets a token that
another log-in has ended is sent again by and by: slower, and nothing else.
"""

import base64
import hashlib
import json
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from core.crypto import keyring
from core.errors import Tampered, UnknownKey
from payments.gateways.wire import Answer, NotSent

logger = logging.getLogger(__name__)
EARLY_SECONDS = 60
"""A token is given up so long before its gateway would refuse it."""
PAUSE = 0.05


class Token(NamedTuple):
    """A fresh token and the seconds that its gateway says it is good for."""

    text: str
    expires_in: int


def as_logged_in(
    gateway: str,
    account: str,
    log_in: Callable[[], Token],
    call: Callable[[str], Answer],
    *,
    is_turned_down: Callable[[Answer], bool] = lambda answer: answer.status == 401,
) -> Answer:
    """What `call` is answered with the shared token, and once more with a fresh one when it is turned down.

    Raises what both raise, and NotSent when the fresh one is turned down, too: nothing was done, and another worker's log-in may
    have ended it.
    """
    bearer = token(gateway, account, log_in)
    answer = call(bearer)
    if is_turned_down(answer):
        answer = call(token(gateway, account, log_in, refused=bearer))
        if is_turned_down(answer):
            raise NotSent(f"{gateway} turns down a token that it has just given out.")
    return answer


def token(gateway: str, account: str, log_in: Callable[[], Token], *, refused: str = "") -> str:
    """The token of `account` (who logs in where: base URL and client id) at a gateway, by `log_in` when none is known.

    `refused` is a token that the gateway has just turned down, though it should have been good: it is not given again.
    Raises what `log_in` raises.
    """
    name = f"gateway-token:{gateway}:{hashlib.sha256(account.encode()).hexdigest()[:32]}"
    known = _known(name)
    if known and known != refused:
        return known
    until = time.monotonic() + _login_seconds()
    # One thread of this process at a time, with or without the cache; then one process.
    is_first = _desks[name].acquire(timeout=_login_seconds())
    try:
        return _fetched(name, log_in, refused, until)
    finally:
        if is_first:
            _desks[name].release()


def _fetched(name: str, log_in: Callable[[], Token], refused: str, until: float) -> str:
    mine = secrets.token_hex(8)
    while not (ours := _is_ours(name, mine)) and time.monotonic() < until:
        time.sleep(PAUSE)
        known = _known(name)
        if known and known != refused:
            return known
    try:
        known = _known(name) if ours else ""  # whoever had the right may have logged in since we looked
        if known and known != refused:
            return known
        fresh = log_in()
        _keep(name, fresh)
    finally:
        if ours:
            _let_go(name, mine)
    return fresh.text


_last: dict[str, str] = {}
"""The tokens that this process saw last, for while the cache is away."""
_desks: defaultdict[str, Lock] = defaultdict(Lock)


def _login_seconds() -> int:
    """For so long one worker may be logging in while the others wait: longer than any log-in takes."""
    return settings.GATEWAY_ANSWER_SECONDS + 10


def _known(name: str) -> str:
    try:
        sealed = cache.get(name)
    except RedisError as away:
        _tell(away)
        return _last.get(name, "")
    if not isinstance(sealed, str):
        return ""
    try:
        text: str = json.loads(keyring().open(base64.b64decode(sealed)))
    except (ValueError, Tampered, UnknownKey):  # sealed with a key that is gone: as good as none
        return ""
    _last[name] = text
    return text


def _keep(name: str, fresh: Token) -> None:
    seconds = fresh.expires_in - EARLY_SECONDS
    if seconds > 0:
        _last[name] = fresh.text
        sealed = base64.b64encode(keyring().seal(json.dumps(fresh.text).encode())).decode()
        try:
            cache.set(name, sealed, seconds)
        except RedisError as away:
            _tell(away)


def _is_ours(name: str, mine: str) -> bool:
    """The right to log in; every process's where the cache is away."""
    try:
        return bool(cache.add(f"{name}:lock", mine, _login_seconds()))
    except RedisError as away:
        _tell(away)
        return True


def _let_go(name: str, mine: str) -> None:
    """Only one's own: a log-in may have outlived its right, and the next one be at it."""
    try:
        if cache.get(f"{name}:lock") == mine:
            cache.delete(f"{name}:lock")
    except RedisError as away:
        _tell(away)


def _tell(away: RedisError) -> None:
    logger.warning("the cache is away, gateways' tokens are not shared: %s", away)
