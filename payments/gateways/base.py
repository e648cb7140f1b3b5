"""What every gateway's adapter offers to the door and to the drain. Units and spellings of the wire end here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from access.gateway_tokens import Snapshot
from core.errors import BursarError
from core.money import to_minor
from payments.evidence import Evidence, Unsettleable


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request at the door, before it is believed. `token` is the secret part of its path, "" where the path holds none."""

    kind: str
    headers: Mapping[bytes, bytes]
    token: str
    raw: bytes
    tokens: Snapshot


class InboundGateway(Protocol):
    """The inbound half of an adapter. `kind` names one of the gateway's doors."""

    name: str

    def authenticate(self, delivery: Delivery) -> bool:
        """Is this really the gateway? Runs in the event loop: no I/O."""

    def missing(self, *, kind: str, body: Mapping[str, Any]) -> str:
        """What the contract requires and the body lacks, as the gateway should read it; "" when nothing does."""

    def ack(self, *, kind: str, body: Mapping[str, Any]) -> bytes:
        """The 200 body that the gateway takes for an acknowledgement."""

    def refusal(self, *, kind: str, message: str) -> bytes:
        """A 4xx or 503 body in the gateway's dialect."""

    def parse(self, *, kind: str, raw: bytes, inbound_event_id: str) -> list[Evidence]:
        """The facts in a stored body. Raises Unsettleable with the reason it is quarantined for."""


def exact_minor(amount: object, currency: str, field: str) -> int:
    """A JSON number of major units as minor ones. Raises Unsettleable for a text, a fraction of a minor unit, or nonsense."""
    if not isinstance(amount, Decimal):
        raise Unsettleable("bad_amount", f"{field} is not a number.")
    try:
        return to_minor(amount, currency)
    except BursarError as refused:
        raise Unsettleable(refused.code, f"{field}: {refused.detail}") from refused


def instant(text: object) -> datetime | None:
    """An RFC 3339 instant; None when it says nothing. It only orders the history, so what can't be read costs nothing."""
    if not isinstance(text, str):
        return None
    try:
        read = datetime.fromisoformat(text)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
