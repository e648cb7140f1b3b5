"""What we ask of the Indian gateway: an order under our reference, a payment of it, its capture, and how it stands.

An order charges nobody, so an order that may or may not have been made is simply made again; what counts is the payment.
"""

from collections.abc import Mapping
from time import monotonic
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone

from payments.errors import GatewayCannot
from payments.evidence import Evidence, Key, Unsettleable
from payments.gateways.outbound import OURS, Ability, Asked, Reply, unreadable, without_failed_tries, without_money
from payments.gateways.upi.entities import GATEWAY, ORDER, evidence_of, failure
from payments.gateways.upi.wanted import order_wanted, payment_wanted
from payments.gateways.wire import Answer, Misconfigured, NotSent, OutcomeUnknown, Wire
from payments.models.payment_history import Source
from payments.statuses import Status

ORDER_TRIES, PATIENCE_SECONDS = 4, 5.0


class Outbound:
    """UPI and cards in rupees."""

    name = GATEWAY
    abilities = frozenset({Ability.QUERY, Ability.QUERY_BY_OUR_REFERENCE, Ability.MANUAL_CAPTURE})

    def wire(self) -> Wire:
        return Wire(self.name, settings.GATEWAYS[self.name]["base_url"])

    def charge(self, asked: Asked, wire: Wire) -> Reply:
        """An order, then the payment. A refusal of either is a failure with its reason."""
        try:
            wanted = order_wanted(asked)
            order = _order(asked, wanted, wire)
            path, body = payment_wanted(asked, order, timezone.now())
        except Unsettleable as unfit:
            return Reply((_told(asked, Status.FAILED, reason=unfit.reason),))
        answer = _ask(wire, "POST", path, body)
        if refused := _refusal(answer):
            status, reason = failure(refused)
            return Reply((_told(asked, status, order, reason=reason),))
        said = answer.json()
        action = _action(asked, said)
        return Reply((_told(asked, Status.REQUIRES_ACTION if action else Status.PENDING, order),), action)

    def query(self, asked: Asked, wire: Wire) -> Reply:
        """Every payment of the order; the order by its id, or by our reference as its receipt."""
        facts: list[Evidence] = []
        for order in [asked.key(ORDER)] if asked.key(ORDER) else _orders(asked, wire):
            answer = _ask(wire, "GET", f"/v1/orders/{quote(order, safe='')}/payments")
            if _refusal(answer):
                continue
            facts += [_read(asked, order, payment) for payment in _items(answer)]
        return Reply(without_failed_tries(facts))

    def capture(self, asked: Asked, amount_minor: int, wire: Wire) -> Reply:
        """Take the payment of the order that is authorized, for exactly its amount. A refusal is asked about instead."""
        for order in [asked.key(ORDER)] if asked.key(ORDER) else _orders(asked, wire):
            for payment in _items(_ask(wire, "GET", f"/v1/orders/{quote(order, safe='')}/payments")):
                if payment.get("status") == "authorized":
                    path = f"/v1/payments/{quote(str(payment['id']), safe='')}/capture"
                    answer = _ask(wire, "POST", path, {"amount": amount_minor, "currency": asked.currency})
                    return self.query(asked, wire) if _refusal(answer) else Reply((_read(asked, order, answer.json()),))
        return self.query(asked, wire)

    def cancel(self, asked: Asked, wire: Wire) -> Reply:
        raise GatewayCannot("What was promised and is not captured goes back by itself.")

    def check(self, wire: Wire) -> str:
        answer = _ask(wire, "GET", "/v1/orders?count=1")
        if refused := _refusal(answer):
            raise Misconfigured(f"The gateway answers, and refuses: {refused}.")
        return "The gateway takes our key."


def _order(asked: Asked, wanted: Mapping[str, Any], wire: Wire) -> str:
    """The order's id. Raises Unsettleable for a refusal; doubt is tried again at once, and is then NotSent: no payer has been
    asked for anything.
    """
    until = monotonic() + PATIENCE_SECONDS
    for tries in range(1, ORDER_TRIES + 1):
        try:
            return _order_once(asked, wanted, wire)
        except OutcomeUnknown as lost:
            if tries == ORDER_TRIES or monotonic() > until:
                raise NotSent("The order may not have been made; nobody was asked to pay it.") from lost
    raise AssertionError("the last try returns or raises")


def _order_once(asked: Asked, wanted: Mapping[str, Any], wire: Wire) -> str:
    answer = _ask(wire, "POST", "/v1/orders", wanted)
    refused = _refusal(answer)
    if refused and answer.json()["error"].get("field") == "receipt" and (known := _orders(asked, wire)):
        return known[0]
    if refused:
        raise Unsettleable(failure(refused)[1], "The gateway refuses the order.")
    made = answer.json().get("id")
    if not isinstance(made, str):
        raise OutcomeUnknown("The gateway made an order, and did not say which.")
    return made


def _orders(asked: Asked, wire: Wire) -> list[str]:
    answer = _ask(wire, "GET", f"/v1/orders?receipt={quote(asked.our_reference, safe='')}")
    if _refusal(answer):
        return []
    return [str(order["id"]) for order in _items(answer) if order.get("receipt") == asked.our_reference and order.get("id")]


def _ask(wire: Wire, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
    """Raises what `Wire.call` raises, Misconfigured for our key refused, NotSent for too much, OutcomeUnknown for a 5xx."""
    ours = settings.GATEWAYS[GATEWAY]
    answer = wire.call(method, path, body=body, auth=(ours["key_id"], ours["key_secret"]))
    if answer.status in (401, 403):
        raise Misconfigured(f"The gateway refuses our key ({answer.status}).")
    if answer.status == 429:
        raise NotSent("The gateway takes no more for the moment.")
    if answer.status >= 500 or answer.status == 409:
        raise OutcomeUnknown(f"The gateway answered {answer.status}.")
    return answer


def _refusal(answer: Answer) -> str:
    """Why it was refused, in the gateway's word; "" when it was not. Raises OutcomeUnknown for what can't be read."""
    said = answer.json()
    if answer.status < 300:
        return ""
    error = said.get("error")
    if answer.status < 400 or not isinstance(error, dict):
        raise OutcomeUnknown(f"The gateway answered {answer.status}, in no words of its contract.")
    if error.get("code") in ("SERVER_ERROR", "GATEWAY_ERROR") and not error.get("reason"):
        raise OutcomeUnknown("The gateway is in trouble.")
    reason = str(error.get("reason") or "")
    return reason if reason not in ("", "NA", "input_validation_failed") else _by_field(error)


def _by_field(error: Mapping[str, Any]) -> str:
    field = str(error.get("field") or "")
    return {"amount": "amount_too_small", "vpa": "invalid_vpa", "token": "unknown_token"}.get(field, "input_validation_failed")


def _items(answer: Answer) -> list[dict[str, Any]]:
    items = answer.json().get("items")
    if not isinstance(items, list):
        raise OutcomeUnknown("The gateway's list is none.")
    return [item for item in items if isinstance(item, dict)]


def _action(asked: Asked, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """A link that is a QR code, too, and must not be altered; a page; or a request that is in the payer's app by now."""
    if isinstance(said.get("link"), str):
        return {"type": "upi_intent", "url": said["link"], "qr": said["link"]}
    steps = said.get("next")
    pages = [step["url"] for step in steps if isinstance(step, dict) and step.get("url")] if isinstance(steps, list) else []
    if pages:
        return {"type": "redirect", "url": str(pages[0])}
    return {"type": "prompt"} if asked.details.get("vpa") else {}


def _read(asked: Asked, order: str, payment: Mapping[str, Any]) -> Evidence:
    """A payment of ours by what we know, whatever is noted on it."""
    try:
        fact = evidence_of(payment, kind="payment_retrieved", source=Source.POLL)
    except Unsettleable as unread:
        return unreadable(asked, GATEWAY, unread)
    return fact._replace(keys=(Key(OURS, asked.our_reference), Key(ORDER, order)), account=None)


def _told(asked: Asked, status: Status, order: str = "", *, reason: str = "") -> Evidence:
    keys = (Key(ORDER, order),) if order else ()
    return without_money(asked, GATEWAY, "payment_created", status, *keys, method=asked.method, reason=reason)
