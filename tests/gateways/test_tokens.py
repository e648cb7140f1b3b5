"""Gateways' access tokens: one log-in for all workers, sealed in the cache, and none of it needed when the cache is away."""

import threading
import time
from typing import Any

import pytest
from django.core.cache import cache

from core.ids import new_id_text
from payments.gateways import tokens
from payments.gateways.tokens import Token, token
from tests.racing import race


class Gateway:
    """Counts who logs in."""

    def __init__(self, expires_in: int = 3600, takes: float = 0.0) -> None:
        self.account = new_id_text()
        self.expires_in, self.takes = expires_in, takes
        self.logins = 0
        self._lock = threading.Lock()

    def log_in(self) -> Token:
        time.sleep(self.takes)
        with self._lock:
            self.logins += 1
            return Token(f"token-{self.logins}", self.expires_in)

    def token(self, refused: str = "") -> str:
        return token("far", self.account, self.log_in, refused=refused)


def test_many_workers_log_in_once():
    gateway = Gateway(takes=0.2)
    assert set(race(*[gateway.token] * 8)) == {"token-1"}
    assert gateway.logins == 1


def test_a_token_that_was_turned_down_is_not_given_again():
    gateway = Gateway()
    assert gateway.token() == gateway.token() == "token-1"
    assert gateway.token(refused="token-1") == "token-2"
    assert gateway.token(refused="token-1") == gateway.token() == "token-2"


def test_a_token_that_hardly_lasts_is_not_kept():
    gateway = Gateway(expires_in=tokens.EARLY_SECONDS)
    assert [gateway.token(), gateway.token()] == ["token-1", "token-2"]


def test_it_is_sealed_in_the_cache(monkeypatch: pytest.MonkeyPatch):
    kept: dict[str, Any] = {}
    put = cache.set

    def spy(name: str, value: Any, seconds: int) -> None:
        kept[name] = (value, seconds)
        put(name, value, seconds)

    monkeypatch.setattr(tokens.cache, "set", spy)
    gateway = Gateway()
    gateway.token()
    ((name, (value, seconds)),) = kept.items()
    assert "token-1" not in value
    assert gateway.account not in name
    assert seconds == 3600 - tokens.EARLY_SECONDS


def test_a_login_that_fails_lets_the_next_one_try():
    gateway = Gateway()

    def fail() -> Token:
        raise ValueError("down")

    with pytest.raises(ValueError, match="down"):
        token("far", gateway.account, fail)
    assert gateway.token() == "token-1"


def test_without_a_cache_everyone_logs_in(settings: Any):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:9/0"}}
    gateway = Gateway()
    assert [gateway.token(), gateway.token()] == ["token-1", "token-2"]
