"""What we ask Stripe for: the parameters of a PaymentIntent by the way the payer pays."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from payments.evidence import Unsettleable
from payments.gateways.claims import labels
from payments.gateways.outbound import Asked
from payments.gateways.stripe.amounts import to_stripe

BANK_TRANSFER = "bank_transfer"
_REDIRECTING = frozenset({"alipay", "cashapp", "wechat_pay", "amazon_pay", "link"})
"""Wallets on a page of their own. Apple Pay and Google Pay come as card tokens."""
_TRANSFERS: dict[str, dict[str, Any]] = {
    "EUR": {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "IE"}},
    "GBP": {"type": "gb_bank_transfer"},
    "JPY": {"type": "jp_bank_transfer"},
    "MXN": {"type": "mx_bank_transfer"},
    "USD": {"type": "us_bank_transfer"},
}
"""Currencies in which Stripe lends us an account number to pay into."""


def intent_params(asked: Asked, customer: str = "") -> dict[str, Any]:
    """For an intent that is created and confirmed in one call. Raises Unsettleable for what Stripe does not offer."""
    params: dict[str, Any] = {
        "amount": to_stripe(asked.amount_minor, asked.currency),
        "currency": asked.currency.lower(),
        "confirm": True,
        "capture_method": asked.capture,
        "metadata": labels(asked.our_reference),
        "description": asked.description or f"Payment {asked.bill_reference}",
        **_means(asked),
    }
    if params["payment_method_types"] != ["customer_balance"]:
        params["return_url"] = f"{settings.PUBLIC_URL}/checkout/{asked.our_reference}"
    if customer:
        params["customer"] = customer
    return params


def takes_bank_transfers(currency: str) -> bool:
    return currency in _TRANSFERS


def _means(asked: Asked) -> Mapping[str, Any]:
    token = asked.details.get("payment_method") or asked.details.get("card_token") or ""
    if asked.method == BANK_TRANSFER:
        if asked.currency not in _TRANSFERS:
            raise Unsettleable("currency_not_taken", f"Stripe offers no bank transfer in {asked.currency}.")
        balance = {"funding_type": "bank_transfer", "bank_transfer": _TRANSFERS[asked.currency]}
        return {
            "payment_method_types": ["customer_balance"],
            "payment_method_data": {"type": "customer_balance"},
            "payment_method_options": {"customer_balance": balance},
        }
    if asked.method in _REDIRECTING:
        options = {"payment_method_options": {"wechat_pay": {"client": "web"}}} if asked.method == "wechat_pay" else {}
        return {"payment_method_types": [asked.method], "payment_method_data": {"type": asked.method}, **options}
    if not token:
        raise Unsettleable("unknown_token", "No card token was given.")
    means = (
        {"payment_method": token}
        if token.startswith("pm_")
        else {"payment_method_data": {"type": "card", "card": {"token": token}}}
    )
    return {"payment_method_types": ["card"], **means}
