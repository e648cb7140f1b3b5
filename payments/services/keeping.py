"""A card is kept for its owner: first by the gateway, which turns a token of one use into one of many, then in our own table."""

from payments.errors import GatewayCannot
from payments.gateways.kept import CardRefused, KeptCard
from payments.gateways.outbound import Ability
from payments.gateways.registry import outbound
from payments.models import SavedMethod
from payments.routing import route
from payments.services.saving import Seen, save_method
from payments.validating import checked_card_token

__all__ = ["CardRefused", "keep_card"]


def keep_card(*, owner: str, card_token: str, currency: str, default: bool = False) -> SavedMethod:
    """Have the gateway for cards in `currency` keep a card, and note what may be seen of it. Calls the gateway: never in a
    transaction. Safe to repeat.

    Raises InvalidCardToken, NoRoute, GatewayCannot where cards can't be kept, CardRefused, SavedAlready, GatewayTrouble.
    """
    token, gateway = checked_card_token(card_token), route("card", currency)
    adapter = outbound(gateway)
    if Ability.SAVED_METHODS not in adapter.abilities:
        raise GatewayCannot(f"{gateway} keeps no cards.")
    keeper = getattr(adapter, "keep_card")  # noqa: B009 - only gateways with the ability have it
    kept: KeptCard = keeper(owner=owner, card_token=token, wire=adapter.wire())
    seen = Seen(kept.brand, kept.last4, kept.exp_month, kept.exp_year)
    return save_method(owner=owner, gateway=gateway, method="card", token=kept.token, seen=seen, default=default)
