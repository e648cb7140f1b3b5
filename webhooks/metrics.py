"""What the door counts, for /metrics."""

from functools import cache

from prometheus_client import Counter

ACKED = Counter("bursar_intake_acked_total", "Deliveries made durable and acknowledged", ["gateway"])
REFUSED = Counter("bursar_intake_refused_total", "Deliveries refused, by HTTP status", ["gateway", "status"])


@cache
def acked(gateway: str) -> Counter:
    """ACKED of one gateway, looked up once: the door counts thousands a second."""
    return ACKED.labels(gateway)
