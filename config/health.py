"""Is it alive, is it ready, what are its numbers: for whoever runs it, and for `make run`'s readiness lines."""

import hmac
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from kombu import Connection
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, generate_latest

from config.methods import only_read
from config.queues import inbound_queue
from config.tasks import BEAT_LATE_SECONDS, BEAT_SEEN
from core.errors import Unauthenticated
from core.problems import answer
from payments.services.breaking import unhealthy

logger = logging.getLogger(__name__)
Part = Callable[[], dict[str, Any]]
INBOX_LATE_SECONDS = 60
WAITING = Gauge("bursar_inbox_waiting", "Inbound events that wait to be decided")
OLDEST = Gauge("bursar_inbox_oldest_seconds", "Age of the oldest inbound event that waits")
COMPLETED = Gauge("bursar_inbox_completed", "Inbound events decided without trouble, ever")
FAILED = Gauge("bursar_inbox_failed", "Inbound events that staff must look at: quarantined, in conflict, poisonous")


@only_read
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """The process answers. It says nothing of what it depends on: restarting it would mend none of that."""
    return JsonResponse({"status": "ok"})


@only_read
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Each part by name; 503 when one that money depends on is away."""
    return _told(_PARTS)


@only_read
@never_cache
def webhooks(request: HttpRequest) -> JsonResponse:
    """`GET /webhooks/health`: can deliveries be stored, and do they get decided in time? 503 when not."""
    return _told({"database": _database, "inbox": _inbox})


@only_read
@never_cache
def queue_status(request: HttpRequest) -> JsonResponse:
    """`GET /api/v1/queue/status`: true numbers of each queue."""
    if not _may_read_numbers(request):
        return answer(Unauthenticated())
    return JsonResponse({"queues": {"inbound": inbound_queue()._asdict()}})


@only_read
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: this process's counters, and gauges of the shared inbox."""
    if not _may_read_numbers(request):
        return answer(Unauthenticated())
    inbound = inbound_queue()
    WAITING.set(inbound.waiting + inbound.active)
    OLDEST.set(inbound.oldest_seconds)
    COMPLETED.set(inbound.completed)
    FAILED.set(inbound.failed)
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _may_read_numbers(request: HttpRequest) -> bool:
    """Anyone outside production; there a bearer of METRICS_TOKEN, or staff."""
    if not settings.IS_PRODUCTION or (request.user.is_authenticated and request.user.is_staff):
        return True
    expected, presented = settings.METRICS_TOKEN.encode(), request.headers.get("Authorization", "").encode()
    return bool(expected) and hmac.compare_digest(b"Bearer " + expected, presented)


def _told(parts: Mapping[str, Part]) -> JsonResponse:
    """Each part examined, the database first: what lies in it is not waited for when it is away."""
    told: dict[str, dict[str, Any]] = {}
    for name, part in parts.items():
        lost = part in _IN_THE_DATABASE and told["database"]["status"] != "ok"
        told[name] = {"status": "unavailable", "detail": "the database is away"} if lost else _examine(part)
    ill = [name for name, part in told.items() if part["status"] != "ok"]
    response = JsonResponse({"status": "unavailable" if ill else "ok", "parts": told}, status=503 if ill else 200)
    if ill:
        # Django would log an error. It is an answer, and no news to whoever asks again and again until all has started.
        response._has_been_logged = True  # type: ignore[attr-defined] # where Django looks for it
        logger.info("not ready yet, or not any more: %s", ", ".join(ill))
    return response


def _examine(part: Part) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        facts = part()
    except Exception as away:  # noqa: BLE001 - whatever its client raises, the part is away
        return {"status": "unavailable", "detail": f"{type(away).__name__}: {away}"[:200]}
    return {"status": "ok", **facts, "milliseconds": round((time.perf_counter() - began) * 1000, 1)}


def _database() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {}


def _broker() -> dict[str, Any]:
    with Connection(settings.CELERY_BROKER_URL, connect_timeout=1, transport_options={"socket_connect_timeout": 1}) as broker:
        broker.ensure_connection(max_retries=1, timeout=1)
    return {}


def _cache() -> dict[str, Any]:
    cache.get(BEAT_SEEN)
    return {}


def _inbox() -> dict[str, Any]:
    inbound = inbound_queue()
    if inbound.oldest_seconds > INBOX_LATE_SECONDS:
        raise RuntimeError(f"the oldest event has waited {inbound.oldest_seconds:.0f} s; is a worker running?")
    return {"waiting": inbound.waiting, "oldest_seconds": inbound.oldest_seconds}


def _beat() -> dict[str, Any]:
    seen = cache.get(BEAT_SEEN)
    if seen is None or time.time() - seen > BEAT_LATE_SECONDS:
        raise RuntimeError("beat and worker have not been heard of lately")
    return {"seconds_ago": round(time.time() - seen, 1)}


def _gateways() -> dict[str, Any]:
    """Which gateways do not answer. That is told and no more: taking ourselves out of service would mend none of them."""
    return {"away": {state.gateway: state.last_error for state in unhealthy()}}


_IN_THE_DATABASE = {_inbox, _gateways}
_PARTS: Mapping[str, Part] = {
    "database": _database,
    "broker": _broker,
    "cache": _cache,
    "inbox": _inbox,
    "beat": _beat,
    "gateways": _gateways,
}
