"""Both of Cellulant's doors, told apart by their kind: the school's contract under a bearer, Tingg under a secret path."""

from collections.abc import Mapping
from typing import Any

from payments.evidence import Evidence
from payments.gateways.base import Delivery
from payments.gateways.cellulant import school, tingg


class Cellulant:
    """Kind `notification` is the school's contract, `tingg` the webhook of a checkout."""

    name = school.GATEWAY
    names_at = (
        "transactionId",
        "payments.cpg_transaction_id",
        "payments.cpgTransactionID",
        "checkout_request_id",
        "checkoutRequestID",
    )

    def authenticate(self, delivery: Delivery) -> bool:
        if delivery.kind == tingg.KIND:
            return delivery.tokens.matches(self.name, delivery.token, kind="path")
        scheme, _, presented = delivery.headers.get(b"authorization", b"").partition(b" ")
        return scheme.lower() == b"bearer" and delivery.tokens.matches(self.name, presented.strip(), kind="bearer")

    def missing(self, *, kind: str, body: Mapping[str, Any]) -> str:
        return tingg.missing(body) if kind == tingg.KIND else school.missing(body)

    def ack(self, *, kind: str, body: Mapping[str, Any]) -> bytes:
        return tingg.ack(body) if kind == tingg.KIND else school.ack(body)

    def refusal(self, *, kind: str, message: str) -> bytes:
        return school.refusal(message)

    def parse(self, *, kind: str, raw: bytes, inbound_event_id: str) -> list[Evidence]:
        read = tingg.parse if kind == tingg.KIND else school.parse
        return read(kind=kind, raw=raw, inbound_event_id=inbound_event_id)
