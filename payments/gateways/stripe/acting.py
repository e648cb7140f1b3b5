"""What the payer has to do now, as an intent's `next_action` says it, in the words that every gateway's payers are told in."""

from collections.abc import Mapping
from typing import Any

from payments.gateways.stripe.amounts import from_stripe


def payer_action(intent: Mapping[str, Any]) -> dict[str, Any]:
    """`redirect` to a page, `qr` to scan, an account for a `bank_transfer`; empty when there is nothing to do."""
    action = intent.get("next_action")
    if intent.get("status") != "requires_action" or not isinstance(action, dict):
        return {}
    kind = str(action.get("type"))
    said = action.get(kind)
    said = said if isinstance(said, dict) else {}
    if kind == "display_bank_transfer_instructions":
        return _transfer(said)
    if kind == "wechat_pay_display_qr_code":
        return {"type": "qr", "data": str(said.get("data") or ""), "url": str(said.get("hosted_instructions_url") or "")}
    url = said.get("url") or said.get("hosted_instructions_url")
    return {"type": "redirect", "url": str(url)} if url else {"type": kind}


def _transfer(said: Mapping[str, Any]) -> dict[str, Any]:
    currency = str(said.get("currency") or "").upper()
    addresses = said.get("financial_addresses")
    return {
        "type": "bank_transfer",
        "reference": str(said.get("reference") or ""),
        "amount_minor": from_stripe(said.get("amount_remaining"), currency, "amount_remaining"),
        "currency": currency,
        "accounts": [_account(address) for address in addresses if isinstance(address, dict)]
        if isinstance(addresses, list)
        else [],
        "url": str(said.get("hosted_instructions_url") or ""),
    }


def _account(address: Mapping[str, Any]) -> dict[str, Any]:
    """{"kind": "iban", "iban": …, "bank_name": …}: whatever the kind of account needs, texts only."""
    kind = str(address.get("type"))
    inner = address.get(kind)
    inner = inner if isinstance(inner, dict) else {}
    return {"kind": kind} | {name: value for name, value in inner.items() if isinstance(value, str)}
