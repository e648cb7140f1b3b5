"""What we ask of Monnify: a checkout, and how a transaction stands. `reserved` opens accounts for those who pay often."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings

from core.money import to_major
from payments.errors import GatewayCannot
from payments.evidence import Evidence, Key
from payments.gateways.monnify import reading, session
from payments.gateways.outbound import Ability, Asked, Reply, answered, without_failed_tries, without_money
from payments.gateways.wire import OutcomeUnknown, Wire
from payments.statuses import Status

INIT = "/api/v1/merchant/transactions/init-transaction"
_BY_THEIRS = "/api/v2/transactions/"
_BY_OURS = "/api/v2/merchant/transactions/query?paymentReference="
_METHODS = {"bank_transfer": ["ACCOUNT_TRANSFER"], "card": ["CARD"]}
_REFUSALS = (
    ("contract", "bad_contract"),
    ("currency", "currency_not_taken"),
    ("amount", "amount_not_taken"),
    ("email", "bad_email"),
)
"""A word of Monnify's message → the reason we keep; its codes say no more than 99."""


class Outbound:
    """Checkouts in naira. What was paid comes by webhook, and is always asked about before it is booked."""

    name = session.GATEWAY
    abilities = frozenset({Ability.QUERY, Ability.QUERY_BY_OUR_REFERENCE})

    def wire(self) -> Wire:
        return Wire(self.name, settings.GATEWAYS[self.name]["base_url"])

    def charge(self, asked: Asked, wire: Wire) -> Reply:
        """A checkout under our reference. When Monnify knows the reference already, it is asked how that stands."""
        said = session.ask(wire, "POST", INIT, _wanted(asked))
        if said.successful:
            theirs = said.body.get("transactionReference")
            if not isinstance(theirs, str) or said.body.get("paymentReference") != asked.our_reference:
                raise OutcomeUnknown("The answer speaks of no checkout, or of another's.")
            opened = _about(asked, Status.REQUIRES_ACTION, (Key(reading.TRANSACTION, theirs),))
            return Reply((opened,), {"type": "redirect", "url": str(said.body.get("checkoutUrl") or "")})
        if "duplicate" in said.message.lower():
            return self.query(asked, wire)
        message = said.message.lower()
        reason = next((reason for word, reason in _REFUSALS if word in message), "refused")
        return Reply((_about(asked, Status.FAILED, reason=reason),))

    def query(self, asked: Asked, wire: Wire) -> Reply:
        """By each of Monnify's references that we know, else by ours. What it does not know it says nothing about."""
        theirs = [key.reference for key in asked.keys if key.kind == reading.TRANSACTION]
        paths = [_BY_THEIRS + quote(name, safe="") for name in theirs] or [_BY_OURS + quote(asked.our_reference, safe="")]
        answers = [session.ask(wire, "GET", path) for path in paths]
        return Reply(without_failed_tries([fact for said in answers if said.successful for fact in _read(asked, said.body)]))

    def capture(self, asked: Asked, amount_minor: int, wire: Wire) -> Reply:
        raise GatewayCannot("Monnify takes the money at once.")

    def cancel(self, asked: Asked, wire: Wire) -> Reply:
        raise GatewayCannot("A checkout of Monnify's ends by itself after forty minutes.")

    def check(self, wire: Wire) -> str:
        fresh = session.log_in(wire)
        return f"Monnify takes our key; the session lasts {fresh.expires_in // 60} minutes."


def _wanted(asked: Asked) -> Mapping[str, Any]:
    ours = settings.GATEWAYS[session.GATEWAY]
    wanted = {
        "amount": to_major(asked.amount_minor, asked.currency),
        "customerName": asked.details.get("name") or "Payer",
        "customerEmail": asked.details.get("email") or ours["payer_email"],
        "paymentReference": asked.our_reference,
        "paymentDescription": asked.description if len(asked.description) >= 3 else f"Payment {asked.bill_reference}",
        "currencyCode": asked.currency,
        "contractCode": ours["contract_code"],
        "redirectUrl": f"{settings.PUBLIC_URL}/checkout/{asked.our_reference}",
        "metaData": {"bill_reference": asked.bill_reference},
    }
    methods = _METHODS.get(asked.method)
    return wanted | {"paymentMethods": methods} if methods else wanted


def _about(asked: Asked, status: Status, keys: tuple[Key, ...] = (), *, reason: str = "") -> Evidence:
    return without_money(asked, session.GATEWAY, "init_transaction", status, *keys, reason=reason)


def _read(asked: Asked, body: Mapping[str, Any]) -> tuple[Evidence, ...]:
    return answered(asked, session.GATEWAY, lambda: [reading.transaction(body, kind="transaction_status", is_claim=False)])
