"""What we ask of Stripe: intents that are confirmed at once, taken now or later, given up, and looked up by our own label."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import stripe
from django.conf import settings

from payments.errors import NotSent
from payments.evidence import Evidence, Key, Unsettleable
from payments.gateways.claims import OUR_LABEL, labels
from payments.gateways.kept import KeptCard
from payments.gateways.outbound import OURS, Ability, Asked, Reply, unreadable, without_money
from payments.gateways.stripe import saving
from payments.gateways.stripe.acting import payer_action
from payments.gateways.stripe.amounts import to_stripe
from payments.gateways.stripe.client import ANSWER_SECONDS, connect
from payments.gateways.stripe.intents import GATEWAY, INTENT, evidence_of, stable_reason
from payments.gateways.stripe.wanted import BANK_TRANSFER, intent_params, takes_bank_transfers
from payments.gateways.wire import Wire
from payments.models.payment_history import Source
from payments.statuses import Status

logger = logging.getLogger(__name__)
Call = Callable[[], Any]


class Outbound:
    """Cards, wallets and bank transfers. Each call has an idempotency key of our reference and what is done with it: the same
    attempt sent twice is one to Stripe, for a day and more.
    """

    name = GATEWAY
    abilities = frozenset(
        {
            Ability.QUERY,
            Ability.QUERY_BY_OUR_REFERENCE,
            Ability.MANUAL_CAPTURE,
            Ability.CANCEL,
            Ability.SAVED_METHODS,
        }
    )

    def wire(self) -> Wire:
        return Wire(self.name, settings.GATEWAYS[self.name]["base_url"], answer_seconds=ANSWER_SECONDS)

    def charge(self, asked: Asked, wire: Wire) -> Reply:
        """An intent, created and confirmed in one call. A decline, or a token that is none, is a failure with its reason."""
        client, line = connect(wire)
        try:
            with line.sorted():
                customer = _customer(client, asked)
                params = intent_params(asked, customer)
                options: Any = {"idempotency_key": f"{asked.our_reference}:charge"}
                intent = client.v1.payment_intents.create(params, options).to_dict()  # type: ignore[arg-type]
        except Unsettleable as unfit:
            return Reply((_failed(asked, unfit.reason),))
        except stripe.CardError as declined:
            return Reply((_failed(asked, _why(declined), _intent_in(declined)),))
        except stripe.InvalidRequestError as refused:
            return Reply((_failed(asked, _why(refused), _intent_in(refused)),))
        return _reply(asked, intent, "intent_created")

    def query(self, asked: Asked, wire: Wire) -> Reply:
        """By the intent's id, else by our label; Stripe's search may be a minute behind, so nothing found says nothing."""
        intents = self._find(asked, wire)
        replies = [_reply(asked, intent, "intent_retrieved") for intent in intents]
        action = next((reply.payer_action for reply in replies if reply.payer_action), {})
        return Reply(tuple(fact for reply in replies for fact in reply.evidence), action)

    def capture(self, asked: Asked, amount_minor: int, wire: Wire) -> Reply:
        """Take what was authorized. What Stripe says it can't take is asked about instead: it may be taken, or given up."""
        client, line = connect(wire)
        params: Any = {"amount_to_capture": to_stripe(amount_minor, asked.currency)}
        options: Any = {"idempotency_key": f"{asked.our_reference}:capture:{amount_minor}"}
        intent = self._known(asked, wire)
        try:
            with line.sorted():
                return _reply(asked, client.v1.payment_intents.capture(intent, params, options).to_dict(), "intent_captured")
        except (stripe.CardError, stripe.InvalidRequestError):
            return self.query(asked, wire)

    def cancel(self, asked: Asked, wire: Wire) -> Reply:
        """Give up the intent. What can't be given up any more is asked about instead."""
        client, line = connect(wire)
        params: Any = {"cancellation_reason": "requested_by_customer"}
        options: Any = {"idempotency_key": f"{asked.our_reference}:cancel"}
        intent = self._known(asked, wire)
        try:
            with line.sorted():
                return _reply(asked, client.v1.payment_intents.cancel(intent, params, options).to_dict(), "intent_canceled")
        except (stripe.CardError, stripe.InvalidRequestError):
            return self.query(asked, wire)

    def check(self, wire: Wire) -> str:
        client, line = connect(wire)
        with line.sorted():
            balance = client.v1.balance.retrieve()
        return f"Stripe takes our key; it moves {'real' if balance.livemode else 'test'} money."

    def keep_card(self, *, owner: str, card_token: str, wire: Wire) -> KeptCard:
        return saving.keep_card(owner=owner, card_token=card_token, wire=wire)

    def forget_card(self, *, token: str, wire: Wire) -> None:
        saving.forget_card(token=token, wire=wire)

    def _known(self, asked: Asked, wire: Wire) -> str:
        """The intent's id. Raises NotSent while Stripe has not told it and can't find it."""
        if told := asked.key(INTENT):
            return told
        for intent in self._find(asked, wire):
            return str(intent["id"])
        raise NotSent("Stripe knows no such payment yet.")

    def _find(self, asked: Asked, wire: Wire) -> list[Mapping[str, Any]]:
        client, line = connect(wire)
        try:
            with line.sorted():
                if told := asked.key(INTENT):
                    return [client.v1.payment_intents.retrieve(told).to_dict()]
                found = client.v1.payment_intents.search({"query": f"metadata['{OUR_LABEL}']:'{asked.our_reference}'"})
                return [intent.to_dict() for intent in found.data]
        except stripe.InvalidRequestError as unknown:
            logger.warning("stripe knows nothing of %s: %s", asked.our_reference, unknown.code)
            return []


def _customer(client: stripe.StripeClient, asked: Asked) -> str:
    """Whom Stripe knows the means by: a kept card belongs to a customer, and so does the balance a transfer is paid into."""
    kept = asked.details.get("payment_method") or asked.details.get("card_token") or ""
    if asked.method == BANK_TRANSFER and takes_bank_transfers(asked.currency):
        given = {name: asked.details[name] for name in ("name", "email") if asked.details.get(name)}
        params: Any = {**given, "metadata": labels(asked.our_reference)}
        return client.v1.customers.create(params, {"idempotency_key": f"{asked.our_reference}:customer"}).id
    if kept.startswith("pm_"):
        owner = client.v1.payment_methods.retrieve(kept).customer
        return owner if isinstance(owner, str) else owner.id if owner else ""
    return ""


def _reply(asked: Asked, intent: Mapping[str, Any], kind: str) -> Reply:
    try:
        fact = evidence_of(intent, kind=kind, source=Source.POLL)
    except Unsettleable as unread:
        return Reply((unreadable(asked, GATEWAY, unread),))
    ours = Key(OURS, asked.our_reference)
    keys = (ours, *(key for key in fact.keys if key.kind != OURS))
    return Reply((fact._replace(keys=keys, account=None),), payer_action(intent))


def _failed(asked: Asked, reason: str, intent: str = "") -> Evidence:
    keys = (Key(INTENT, intent),) if intent else ()
    return without_money(asked, GATEWAY, "intent_refused", Status.FAILED, *keys, reason=reason)


def _why(refused: stripe.StripeError) -> str:
    error = refused.error
    return stable_reason((error.decline_code if error else None) or refused.code or "refused_as_invalid")


def _intent_in(refused: stripe.StripeError) -> str:
    body = refused.json_body if isinstance(refused.json_body, dict) else {}
    intent = body.get("error", {}).get("payment_intent")
    return str(intent["id"]) if isinstance(intent, dict) and intent.get("id") else ""
