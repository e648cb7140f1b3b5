"""What the contract suite knows of each gateway: how it is paid by, and which payers of the far side do what."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Payer:
    """What somebody gives, and, where the far side's magic lies in the amount, how much is asked for."""

    details: dict[str, str]
    amount_minor: int = 100_000


@dataclass(frozen=True)
class Case:
    """One way to pay. `refused` is (payer, the state it must end in, the reason); `silent` never answers a prompt."""

    name: str
    gateway: str
    method: str
    currency: str
    pays: Payer
    refused: tuple[tuple[Payer, str, str], ...]
    silent: Payer
    door: str
    lies_are_caught: bool = True
    forged: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def phone(last: str) -> Payer:
    return Payer({"phone_number": f"2547000000{last}"})


def mail(name: str) -> Payer:
    return Payer({"email": f"{name}@example.com", "name": "Ada Obi"})


def msisdn(last: str) -> Payer:
    return Payer({"phone_number": f"254708374{last}", "name": "Joan Zuria"})


def cents(last: int) -> Payer:
    return Payer({}, 100_000 + last)


CASES = [
    Case(
        "mpesa",
        "mpesa",
        "mpesa",
        "KES",
        Payer({"phone_number": "254712345678"}),
        (
            (phone("01"), "failed", "insufficient_funds"),
            (phone("02"), "failed", "wrong_pin"),
            (phone("03"), "cancelled", "cancelled_by_payer"),
        ),
        phone("07"),
        "/webhooks/daraja/{token}/stk",
    ),
    Case(
        "monnify",
        "monnify",
        "bank_transfer",
        "NGN",
        mail("ada"),
        ((mail("declined"), "failed", ""), (mail("cancels"), "cancelled", "")),
        mail("silent"),
        "/webhooks/monnify",
    ),
    Case(
        "tingg",
        "cellulant",
        "bank_transfer",
        "KES",
        msisdn("149"),
        ((msisdn("002"), "expired", ""),),
        msisdn("003"),
        "/webhooks/tingg/{token}",
    ),
    Case(
        "bank",
        "bank",
        "deposit",
        "USD",
        cents(0),
        ((cents(91), "failed", "insufficient_funds"), (cents(95), "failed", "")),
        cents(96),
        "/webhooks/bank-callback",
    ),
    Case(
        "stripe",
        "stripe",
        "card",
        "USD",
        Payer({"card_token": "tok_slow"}),
        (
            (Payer({"card_token": "tok_chargeDeclined"}), "failed", ""),
            (Payer({"card_token": "tok_chargeDeclinedInsufficientFunds"}), "failed", "insufficient_funds"),
        ),
        Payer({"card_token": "tok_threeDSecure2Required"}),
        "/webhooks/stripe",
    ),
    Case(
        "upi",
        "upi",
        "upi",
        "INR",
        Payer({"vpa": "success@razorpay"}),
        ((Payer({"vpa": "failure@razorpay"}), "failed", ""),),
        Payer({"vpa": "silent@razorpay"}),
        "/webhooks/upi",
    ),
]
