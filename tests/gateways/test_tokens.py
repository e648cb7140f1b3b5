"""Gateways' access tokens: one log-in for all workers, sealed in the cache, and none of it needed when the cache is away."""

import threading
import time
from functools import partial
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


def test_who_looked_just_before_another_had_logged_in_takes_that_token(monkeypatch: pytest.MonkeyPatch):
    gateway, is_ours = Gateway(), tokens._is_ours

    def after_another(name: str, mine: str) -> bool:
        tokens._keep(name, gateway.log_in())
        return is_ours(name, mine)

    monkeypatch.setattr(tokens, "_is_ours", after_another)
    assert gateway.token() == "token-1"
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


def test_without_a_cache_a_process_logs_in_once(settings: Any):
    take_away_the_cache(settings)
    gateway = Gateway(takes=0.2)
    assert set(race(*[gateway.token] * 8)) == {"token-1"}
    assert set(race(*[partial(gateway.token, refused="token-1")] * 8)) == {"token-2"}
    assert gateway.logins == 2


def test_while_the_cache_is_away_the_last_token_serves_on(settings: Any):
    gateway = Gateway()
    gateway.token()
    take_away_the_cache(settings)
    assert gateway.token() == "token-1"
    assert gateway.logins == 1


def test_a_login_may_take_as_long_as_a_gateway_may(settings: Any, monkeypatch: pytest.MonkeyPatch):
    settings.GATEWAY_ANSWER_SECONDS = 40
    rights: list[int] = []
    add = cache.add

    def spy(name: str, value: Any, seconds: int) -> bool:
        rights.append(seconds)
        return bool(add(name, value, seconds))

    monkeypatch.setattr(tokens.cache, "add", spy)
    Gateway().token()
    assert rights[0] > 40


def test_a_login_that_outlived_its_right_leaves_the_next_ones_alone(monkeypatch: pytest.MonkeyPatch):
    gateway, rights = Gateway(), list[str]()
    is_ours = tokens._is_ours

    def note(name: str, mine: str) -> bool:
        rights.append(f"{name}:lock")
        return is_ours(name, mine)

    monkeypatch.setattr(tokens, "_is_ours", note)

    def outlive() -> Token:
        cache.set(rights[0], "the next one's", 30)
        return gateway.log_in()

    token("far", gateway.account, outlive)
    assert cache.get(rights[0]) == "the next one's"


def take_away_the_cache(settings: Any) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:9/0"}}
