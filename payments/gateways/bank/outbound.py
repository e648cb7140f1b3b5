"""What we ask of the bank: to take a deposit, and how it stands. The bank knows it by the number of our attempt.

The contract, which the bank's far side keeps, too: `POST /transactions {transaction_id, kind, amount, currency, reference,
callback_url, signature}`, amounts in minor units, signed as callbacks are; `GET /transactions/{transaction_id}`, with the
signature of `{"transaction_id": …}` in `X-Signature`. Errors are `{"error": {"code", "message"}}`. A `transaction_id` is carried
out once.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from payments.errors import GatewayCannot
from payments.evidence import AmountRule, Evidence, Key, Unsettleable, reference
from payments.gateways.bank.canonical import SIGNATURE, sign
from payments.gateways.bank.names import ATTEMPT, BANK_REFERENCE, NAME, reason_of
from payments.gateways.outbound import Ability, Asked, Reply, without_money
from payments.gateways.wire import Answer, Misconfigured, NotSent, OutcomeUnknown, Wire
from payments.statuses import Status

TRANSACTIONS = "/transactions"
_CALLBACK = "/webhooks/bank-callback"
_REFUSALS = {400, 402, 422}
_STATUSES = {"processing": Status.PENDING, "success": Status.SUCCEEDED, "failed": Status.FAILED}


class Outbound:
    """Deposits, carried out by the bank in its own time."""

    name = NAME
    abilities = frozenset({Ability.QUERY, Ability.QUERY_BY_OUR_REFERENCE})

    def wire(self) -> Wire:
        return Wire(self.name, settings.GATEWAYS[self.name]["base_url"])

    def charge(self, asked: Asked, wire: Wire) -> Reply:
        body = {
            "transaction_id": asked.number,
            "kind": "deposit",
            "amount": asked.amount_minor,
            "currency": asked.currency,
            "reference": asked.our_reference,
            "callback_url": settings.PUBLIC_URL + _CALLBACK,
        }
        answer = wire.call("POST", TRANSACTIONS, body={**body, SIGNATURE: sign(body, _secret())})
        if answer.status in _REFUSALS:
            return Reply((_about(asked, Status.FAILED, reason=reason_of(_code(answer))),))
        return Reply(_how_it_stands(asked, _taken(answer)))

    def query(self, asked: Asked, wire: Wire) -> Reply:
        """By our number. What the bank never got it says nothing about: it may be on its way still."""
        answer = _asked_about(asked.number, wire)
        return Reply(() if answer.status == 404 else _how_it_stands(asked, _taken(answer)))

    def capture(self, asked: Asked, amount_minor: int, wire: Wire) -> Reply:
        raise GatewayCannot("A deposit is taken at once.")

    def cancel(self, asked: Asked, wire: Wire) -> Reply:
        raise GatewayCannot("The bank does not take a deposit back.")

    def check(self, wire: Wire) -> str:
        """Asks about a transaction that never was: the bank answers only who signs as it should."""
        answer = _asked_about(0, wire)
        if answer.status != 404:
            _taken(answer)
        return "The bank takes our signature."


def _secret() -> str:
    secrets: list[str] = settings.GATEWAYS[NAME]["webhook_secrets"]
    if not secrets:
        raise Misconfigured("BANK_WEBHOOK_SECRET is not set.")
    return secrets[0]


def _asked_about(number: int, wire: Wire) -> Answer:
    signature = sign({"transaction_id": number}, _secret())
    return wire.call("GET", f"{TRANSACTIONS}/{number}", headers={"x-signature": signature})


def _taken(answer: Answer) -> Mapping[str, Any]:
    """The bank's word on a transaction. Raises Misconfigured, NotSent for the one error that promises so, OutcomeUnknown."""
    if answer.status in {401, 403}:
        raise Misconfigured(f"The bank refuses our signature ({answer.status}).")
    if answer.status == 429 or (answer.status == 503 and _code(answer) == "system_unavailable"):
        raise NotSent(f"The bank takes nothing now ({answer.status}).")
    if answer.status not in {200, 202}:
        raise OutcomeUnknown(f"The bank answered {answer.status} {_code(answer)}".strip())
    return answer.json()


def _how_it_stands(asked: Asked, said: Mapping[str, Any]) -> tuple[Evidence, ...]:
    if said.get("transaction_id") != asked.number:
        raise OutcomeUnknown("The answer is about another transaction.")
    word = str(said.get("status"))
    status = _STATUSES.get(word)
    if status is None:
        raise OutcomeUnknown(f"The bank's status is none that the contract knows: {word[:40]!r}.")
    fact = _about(asked, status)
    if status is Status.FAILED:
        return (fact._replace(reason=reason_of(said.get("error_message"))),)
    if status is Status.PENDING:
        return (fact._replace(reason=word),)
    try:
        movement = Key(BANK_REFERENCE, reference(said.get("bank_reference"), "bank_reference"))
    except Unsettleable as nameless:
        raise OutcomeUnknown(f"A success without its name: {nameless.detail}") from nameless
    amount_minor, currency = said.get("amount"), said.get("currency")
    if not isinstance(amount_minor, int) or isinstance(amount_minor, bool) or not isinstance(currency, str):
        raise OutcomeUnknown("A success without its amount.")
    told = fact._replace(keys=(*fact.keys, movement), movement=movement, amount_minor=amount_minor, currency=currency)
    return (told,)


def _code(answer: Answer) -> str:
    try:
        error = answer.json().get("error")
    except OutcomeUnknown:
        return ""
    return str(error.get("code") or "") if isinstance(error, dict) else ""


def _about(asked: Asked, status: Status, *, reason: str = "") -> Evidence:
    number = Key(ATTEMPT, str(asked.number))
    return without_money(asked, NAME, "transaction", status, number, amount_rule=AmountRule.FIXED, reason=reason)
