"""What every gateway's adapter offers to the door and to the drain. Units and spellings of the wire end here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, Protocol

from access.gateway_tokens import Snapshot
from core.errors import BursarError
from core.money import to_minor
from core.peers import client_address
from payments.evidence import Evidence, Unsettleable


class Delivery(NamedTuple):
    """A request at the door, before it is believed. `token` is the secret part of its path, "" where the path holds none."""

    kind: str
    headers: Mapping[bytes, bytes]
    token: str
    raw: bytes
    tokens: Snapshot
    peer: str = ""

    @property
    def address(self) -> str:
        """Whom it comes from, as far as our own proxies know."""
        return client_address(self.headers.get(b"x-forwarded-for", b"").decode("latin-1"), self.peer)


class TurnedAway(Exception):
    """Raised by `authenticate` where the contract has a status and words of its own for what is not let in."""

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(message)


class InboundGateway(Protocol):
    """The inbound half of an adapter. `kind` names one of the gateway's doors."""

    name: str

    @property
    def names_at(self) -> tuple[str, ...]:
        """Where its bodies name what they are about, the best name first: all that is asked of one that can't be settled."""

    def authenticate(self, delivery: Delivery) -> bool:
        """Is this really the gateway? Runs in the event loop: no I/O. May raise TurnedAway instead of saying no."""

    def missing(self, *, kind: str, body: Mapping[str, Any]) -> str:
        """What the contract requires and the body lacks, as the gateway should read it; "" when nothing does."""

    def ack(self, *, kind: str, body: Mapping[str, Any]) -> bytes:
        """The 200 body that the gateway takes for an acknowledgement."""

    def refusal(self, *, kind: str, message: str) -> bytes:
        """A 4xx or 503 body in the gateway's dialect."""

    def parse(self, *, kind: str, raw: bytes, inbound_event_id: str) -> list[Evidence]:
        """The facts in a stored body. Raises Unsettleable with the reason it is quarantined for."""


def name_in(body: object, places: Iterable[str]) -> str:
    """What stands at the first of these places that holds a text or a number; "" when none does.

    Of a list any entry will do; one with a Name or Key holds its Value under that.
    """
    return next((str(found) for place in places for found in _at(body, place.split("."))), "")


def _at(value: object, path: Sequence[str]) -> Iterator[object]:
    if isinstance(value, list):
        for entry in value:
            yield from _at(entry, path)
    elif isinstance(value, dict) and path:
        if "Value" not in value:
            yield from _at(value.get(path[0]), path[1:])
        elif path[0] in (value.get("Name"), value.get("Key")):
            yield from _at(value["Value"], path[1:])
    elif not path and isinstance(value, str | Decimal) and value != "":
        yield value


def exact_minor(amount: object, currency: str, field: str) -> int:
    """A JSON number of major units as minor ones. Raises Unsettleable for a text, a fraction of a minor unit, or nonsense."""
    if not isinstance(amount, Decimal):
        raise Unsettleable("bad_amount", f"{field} is not a number.")
    try:
        return to_minor(amount, currency)
    except BursarError as refused:
        raise Unsettleable(refused.code, f"{field}: {refused.detail}") from refused


def told_minor(amount: object, currency: str, field: str) -> int:
    """As `exact_minor`, where the gateway spells an amount now as a number and now as a text."""
    if isinstance(amount, int) and not isinstance(amount, bool):
        amount = Decimal(amount)
    elif isinstance(amount, str):
        try:
            amount = Decimal(amount)
        except InvalidOperation:
            raise Unsettleable("bad_amount", f"{field} is not a number.") from None
    return exact_minor(amount, currency, field)


def instant(text: object) -> datetime | None:
    """An RFC 3339 instant; None when it says nothing. It only orders the history, so what can't be read costs nothing."""
    if not isinstance(text, str):
        return None
    try:
        read = datetime.fromisoformat(text)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def unix_instant(seconds: object) -> datetime | None:
    """Unix seconds as an instant; None when they say nothing. It only orders the history."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | Decimal) or not 0 <= seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


_LAST_SECOND = 253402300799  # of the year 9999
