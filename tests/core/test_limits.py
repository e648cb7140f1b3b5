"""Both limiters against a real Valkey, and against a port where nobody answers."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.http import HttpResponse
from django.test import RequestFactory
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from core import limits
from core.ids import new_id
from core.limits import CallerQuota, LimiterAway, limited, spend
from core.peers import address_of, network_of

RATE = "3/1h"


@pytest.fixture(autouse=True)
def _a_limiter_of_its_own() -> Iterator[None]:
    limits._told_at.clear()
    limits._sliding_window.cache_clear()
    yield
    limits._sliding_window.cache_clear()


@pytest.fixture
def away(settings: Any) -> Iterator[None]:
    """Valkey's port answers nobody."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    yield from _valkey_at(settings, port)


@pytest.fixture
def silent(settings: Any) -> Iterator[None]:
    """Valkey's port takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield from _valkey_at(settings, listening.getsockname()[1])


def _valkey_at(settings: Any, port: int) -> Iterator[None]:
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": settings.REDIS_URL}}
    yield


def asked(address: str = "192.0.2.7", **headers: str) -> Any:
    return RequestFactory().get("/", REMOTE_ADDR=address, headers=headers)


def ask(view: Any, times: int, **how: str) -> list[int]:
    return [view(asked(**how)).status_code for _ in range(times)]


@limited(group="page", rate=RATE)
def page(request: Any) -> HttpResponse:
    return HttpResponse("here you are")


@limited(group="door", rate=RATE, needed=True)
def door(request: Any) -> HttpResponse:
    return HttpResponse("come in")


def test_a_window_counts_each_key_apart_and_tells_the_first_one_too_many_once():
    usages = [spend(asked(), group="g", key="joan", rate=RATE) for _ in range(5)]

    assert [usage.exceeded for usage in usages] == [False, False, False, True, True]
    assert [usage.just_exceeded for usage in usages] == [False, False, False, True, False]
    assert all(0 < usage.seconds_left <= 3600 for usage in usages)
    assert spend(asked(), group="g", key="yusuf", rate=RATE).made == 1
    assert spend(asked(), group="another", key="joan", rate=RATE).made == 1


def test_requests_side_by_side_do_not_slip_past_the_count():
    heard: list[limits.Usage] = []
    threads = [threading.Thread(target=lambda: heard.append(spend(asked(), group="g", key="k", rate="10/1h"))) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(not usage.exceeded for usage in heard) == 10
    assert sum(usage.just_exceeded for usage in heard) == 1


def test_what_is_counted_can_not_be_read_in_the_store():
    spend(asked(), group="g", key="joan@makini.example", rate=RATE)

    client = caches["default"]._cache.get_client()
    assert not client.keys("*joan*")


def test_a_page_asked_too_often_is_429_and_says_when_to_come_back():
    assert ask(page, 4) == [200, 200, 200, 429]

    refused = page(asked())
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert refused["Content-Type"] == "application/problem+json"
    assert page(asked(address="192.0.2.8")).status_code == 200


def test_a_browser_gets_a_page_instead_of_json():
    ask(page, 3)
    refused = page(asked(accept="text/html,application/xhtml+xml,*/*;q=0.8"))

    assert refused.status_code == 429
    assert "Try again in" in refused.content.decode()
    assert int(refused["Retry-After"]) > 0


def test_without_valkey_a_page_answers_and_a_door_stays_shut(away, caplog):
    with caplog.at_level(logging.WARNING):
        assert ask(page, 9) == [200] * 9
        refused = door(asked())

    assert refused.status_code == 503
    assert refused["Retry-After"]
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"], "told once a limiter, not once a request"


def test_without_valkey_spending_raises(away):
    with pytest.raises(LimiterAway):
        spend(asked(), group="g", key="k", rate=RATE)


def test_a_silent_valkey_is_given_up_within_seconds(silent):
    began = time.monotonic()
    with pytest.raises(LimiterAway):
        spend(asked(), group="g", key="k", rate=RATE)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "203.0.113.9", "192.0.2.7"),
        (1, "not an address", "192.0.2.7"),
        (1, "", "192.0.2.7"),
    ],
)
def test_an_address_is_what_our_own_proxies_saw_and_nothing_that_a_client_wrote(settings, hops, forwarded, address):
    settings.TRUSTED_PROXIES = hops
    assert address_of(asked(**{"X-Forwarded-For": forwarded})) == address


def test_nobody_gets_a_fresh_count_from_another_address_of_their_own_network():
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9") != network_of("2001:db8:1:3::1")
    assert network_of("192.0.2.7") != network_of("192.0.2.8")
    assert network_of("") == ""


class Quoted(APIView):
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (CallerQuota,)
    quota = "api"

    def get(self, request: Any) -> Response:
        return Response({"ok": True})


class Paying(Quoted):
    quota = "money"


class Caller:
    def __init__(self, actor: str) -> None:
        self.actor = actor


def call(view: type[APIView] = Quoted, caller: str = "", address: str = "192.0.2.7") -> Any:
    request = APIRequestFactory().get("/", REMOTE_ADDR=address)
    if caller:
        request._force_auth_user = Caller(caller)  # type: ignore[attr-defined] # as DRF's own test client does it
    return view.as_view()(request)


@pytest.fixture
def quotas(settings: Any) -> None:
    settings.API_QUOTAS = {"api": "4/4 second", "money": "2/minute"}


@pytest.fixture(autouse=True)
def _callers_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    run = str(new_id())
    monkeypatch.setattr(limits, "caller_of", lambda request, plain=limits.caller_of: f"{run}:{plain(request)}")


def test_a_caller_is_told_its_quota_and_what_is_left(quotas):
    answers = [call() for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["3", "2", "1", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"4"}
    assert {answer["RateLimit-Policy"] for answer in answers} == {"4;w=4"}
    assert answers[-1].data["code"] == "rate_limited"
    assert answers[-1]["Retry-After"] == answers[-1]["RateLimit-Reset"]


def test_after_the_wait_that_was_told_there_is_room_again_but_not_for_a_whole_burst(quotas):
    refused = [call() for _ in range(5)][-1]
    time.sleep(int(refused["Retry-After"]) + 0.05)

    again = [call().status_code for _ in range(4)]
    assert again[0] == 200
    assert 429 in again, "the window slides: the last burst still counts"


def test_each_caller_has_a_quota_of_its_own_wherever_it_calls_from(quotas):
    assert [call(caller="user:joan", address=f"192.0.2.{n}").status_code for n in range(5)] == [200] * 4 + [429]
    assert call(caller="merchant:joan").status_code == 200
    assert call().status_code == 200


def test_quotas_do_not_eat_one_another(quotas):
    assert [call(Paying).status_code for _ in range(3)] == [200, 200, 429]
    assert call().status_code == 200


@pytest.mark.parametrize(("view", "level"), [(Quoted, "WARNING"), (Paying, "ERROR")])
def test_without_valkey_calls_pass_and_for_money_that_is_an_alert(quotas, away, caplog, view, level):
    before = _counted(f"quota:{view.quota}")
    answers = [call(view) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 6
    assert "RateLimit-Limit" not in answers[0]
    assert [record.levelname for record in caplog.records if record.name == "core.limits"] == [level]
    assert _counted(f"quota:{view.quota}") == before + 6


def _counted(group: str) -> float:
    return float(limits.AWAY.labels(group)._value.get())
