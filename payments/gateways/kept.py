"""What a gateway with Ability.SAVED_METHODS tells of a card that it keeps."""

from typing import NamedTuple

from core.errors import Invalid


class CardRefused(Invalid):
    """The gateway does not take this card."""

    code = "card_refused"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The gateway does not take this card: {reason}.", fields={"card_token": [reason]})


class KeptCard(NamedTuple):
    """The gateway's token to charge it by, and what may be seen of it."""

    token: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
