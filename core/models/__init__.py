from core.models.event import Event
from core.models.exception_item import ExceptionItem
from core.models.idempotency_key import IdempotencyKey
from core.models.inbound import InboundEvent, InboundOutcome, InboundPending, InboundReject
from core.models.queue_state import QueueState

__all__ = [
    "Event",
    "ExceptionItem",
    "IdempotencyKey",
    "InboundEvent",
    "InboundOutcome",
    "InboundPending",
    "InboundReject",
    "QueueState",
]
