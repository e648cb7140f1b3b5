"""What the door counts, for /metrics."""

from prometheus_client import Counter

ACKED = Counter("bursar_intake_acked_total", "Deliveries made durable and acknowledged", ["gateway"])
REFUSED = Counter("bursar_intake_refused_total", "Deliveries refused, by HTTP status", ["gateway", "status"])
