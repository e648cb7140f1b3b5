"""How often somebody may ask: both limiters, and the one place that knows what to do when the store behind them is away.

`spend` counts in fixed windows (django-ratelimit), for signing in, pages, addresses. `CallerQuota` is a sliding window (limits)
for what one caller asks of the API. Both count before the work is done, so that requests side by side can't slip past a count.
Without the store nobody signs in (`spend` raises LimiterAway); all else goes on unlimited, told in the log and in metrics.
"""

import logging
import math
import time
from collections.abc import Callable
from functools import cache, wraps
from threading import Lock
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_ratelimit.core import get_usage
from prometheus_client import Counter
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from core.errors import BursarError, TooMany, Unavailable
from core.peers import address_of, network_of
from core.problems import answer

logger = logging.getLogger(__name__)
REFUSED = Counter("bursar_limited", "Requests refused because there were too many of them", ["group"])
AWAY = Counter("bursar_limiter_away", "Requests that met no limiter: its store was away", ["group"])
AWAY_TOLD_EVERY = 10.0
RETRY_WHEN_AWAY = 15
View = Callable[..., HttpResponse]


class LimiterAway(Unavailable):
    """What counts attempts is not answering, and without it nobody is let in. Try again shortly."""


class Usage(NamedTuple):
    """Where a caller stands in its window: `made` includes the request that asked."""

    made: int
    limit: int
    seconds_left: int

    @property
    def exceeded(self) -> bool:
        return self.made > self.limit

    @property
    def just_exceeded(self) -> bool:
        """Is this the first one too many? Counting is atomic, so in each window exactly one request hears yes."""
        return self.made == self.limit + 1


def spend(request: HttpRequest, *, group: str, key: str, rate: str) -> Usage:
    """Count one request of `key` within `group`, at a rate like `10/5m`. Raises LimiterAway, after a log line and a metric."""
    try:
        usage = get_usage(request, group=group, key=lambda *_: key, rate=rate, increment=True)
    except _trouble() as away:
        _tell(group, away)
        raise LimiterAway from away
    if usage is None or usage["limit"] == 0:
        _tell(group, None)
        raise LimiterAway
    standing = Usage(usage["count"], usage["limit"], max(1, usage["time_left"]))
    if standing.exceeded:
        REFUSED.labels(group).inc()
    return standing


def limited(*, group: str, rate: str, needed: bool = False) -> Callable[[View], View]:
    """Let an address ask a view no faster than `rate`: else 429 with Retry-After.

    Without the limiter the view answers all the same, unless the limiter is `needed`: then that is 503.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                usage = spend(request, group=group, key=network_of(address_of(request)), rate=rate)
            except LimiterAway as away:
                return refusal(request, away) if needed else view(request, *args, **kwargs)
            if usage.exceeded:
                return refusal(request, TooMany(retry_after=usage.seconds_left))
            return view(request, *args, **kwargs)

        return counted

    return decorate


def refusal(request: HttpRequest, error: BursarError) -> HttpResponse:
    """429 or 503 with Retry-After, as a page for a browser and as problem+json for a program."""
    seconds = error.retry_after if isinstance(error, TooMany) else RETRY_WHEN_AWAY
    context = {"error": error, "wait": in_words(seconds)}
    browser = request.get_preferred_type(["application/json", "text/html"]) == "text/html"
    response = render(request, "limited.html", context, status=error.status) if browser else answer(error)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


def in_words(seconds: int) -> str:
    """How long to wait, for people: never less than it is."""
    number, unit = (seconds, "second") if seconds < 60 else (math.ceil(seconds / 60), "minute")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


class CallerQuota(BaseThrottle):
    """DRF's throttle: one caller's sliding window, told in `RateLimit-*` headers, and past it 429 with `Retry-After`.

    A view's `quota` names one of API_QUOTAS; without one it is "api". Without the store every request passes: an idempotency key
    protects what "money" does, but it is told as an error, to be alerted on.
    """

    retry_after: int | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        quota = getattr(view, "quota", "api")
        try:
            allowed, headers, self.retry_after = _slide(quota, caller_of(request))
        except _trouble() as away:
            _tell(f"quota:{quota}", away, logging.ERROR if quota == "money" else logging.WARNING)
            return True
        # DRF puts these on whatever the view answers, its refusals included.
        view.headers.update(headers)
        if not allowed:
            REFUSED.labels(f"quota:{quota}").inc()
        return allowed

    def wait(self) -> int | None:
        return self.retry_after


def caller_of(request: Request) -> str:
    """Whose quota a request spends: the actor behind its credentials, else its address."""
    for holder in (request.auth, request.user):
        if actor := getattr(holder, "actor", ""):
            return str(actor)
    return f"address:{network_of(address_of(request))}"


def _slide(quota: str, caller: str) -> tuple[bool, dict[str, str], int]:
    """Whether one more is allowed, the headers that say so, and the seconds until there is room again."""
    from limits import parse

    rate = parse(settings.API_QUOTAS[quota])
    # While one thread imports the limiter's client another would find half of it, and refuse the request for its version.
    with _making_window:
        window = _sliding_window()
    allowed = window.hit(rate, quota, caller)
    reset, remaining = window.get_window_stats(rate, quota, caller)
    seconds = max(1, math.ceil(reset - time.time()))
    headers = {
        "RateLimit-Policy": f"{rate.amount};w={rate.get_expiry()}",
        "RateLimit-Limit": str(rate.amount),
        "RateLimit-Remaining": str(remaining if allowed else 0),
        "RateLimit-Reset": str(seconds),
    }
    return allowed, headers, seconds


_making_window = Lock()


@cache
def _sliding_window() -> Any:
    """The limiter of this process, made at the first request that needs it: few of our processes ever do."""
    from limits.storage import RedisStorage
    from limits.strategies import SlidingWindowCounterRateLimiter

    storage = RedisStorage(settings.REDIS_URL, key_prefix="quota", **settings.REDIS_PATIENCE)
    return SlidingWindowCounterRateLimiter(storage)


def _trouble() -> tuple[type[Exception], ...]:
    """What the store's client raises. Asked only when something was raised, so nothing is imported before."""
    from redis.exceptions import RedisError

    return RedisError, OSError


_told_at: dict[str, float] = {}


def _tell(group: str, away: Exception | None, level: int = logging.WARNING) -> None:
    """Count each time, and write a line now and then: while the store is away every request comes through here."""
    AWAY.labels(group).inc()
    now = time.monotonic()
    if now - _told_at.get(group, -math.inf) >= AWAY_TOLD_EVERY:
        _told_at[group] = now
        logger.log(level, "the rate limiter %r is away: %s", group, away or "its store keeps no count")
