"""Cards that Stripe keeps for their owners: a SetupIntent turns a browser's token into a payment method of a customer's."""

import hashlib
from typing import Any

import stripe

from payments.gateways.kept import CardRefused, KeptCard
from payments.gateways.stripe.client import connect
from payments.gateways.stripe.intents import stable_reason
from payments.gateways.wire import OutcomeUnknown, Wire


def keep_card(*, owner: str, card_token: str, wire: Wire) -> KeptCard:
    """Have a card kept, to be charged again without its owner. Safe to repeat: the keys are the owner's and the token's.

    Raises CardRefused with the reason, also where the bank wants its owner to confirm on a page first; NotSent, OutcomeUnknown.
    """
    client, line = connect(wire)
    once = hashlib.sha256(f"{owner}:{card_token}".encode()).hexdigest()
    params: Any = {
        "confirm": True,
        "usage": "off_session",
        "payment_method_types": ["card"],
        "payment_method_data": {"type": "card", "card": {"token": card_token}},
        "expand": ["payment_method"],
    }
    try:
        with line.sorted():
            params["customer"] = client.v1.customers.create(
                {"metadata": {"bursar_owner": owner}}, {"idempotency_key": f"{owner}:customer"}
            ).id
            intent = client.v1.setup_intents.create(params, {"idempotency_key": f"save:{once}"}).to_dict()
    except (stripe.CardError, stripe.InvalidRequestError) as refused:
        error = refused.error
        raise CardRefused(stable_reason((error.decline_code if error else None) or refused.code)) from refused
    if intent["status"] != "succeeded":
        raise CardRefused("authentication_required")
    return _seen(intent["payment_method"])


def forget_card(*, token: str, wire: Wire) -> None:
    """Have Stripe forget a kept card, too. What it does not know any more is forgotten already."""
    client, line = connect(wire)
    try:
        with line.sorted():
            client.v1.payment_methods.detach(token)
    except stripe.InvalidRequestError:
        return


def _seen(method: object) -> KeptCard:
    if not isinstance(method, dict) or not isinstance(method.get("card"), dict):
        raise OutcomeUnknown("Stripe kept something, and does not say what.")
    card = method["card"]
    return KeptCard(str(method["id"]), str(card["brand"]), str(card["last4"]), int(card["exp_month"]), int(card["exp_year"]))
