"""Accounts reserved for somebody: whoever transfers to one pays its owner, whenever and however much.

Monnify knows the account by our reference for its owner: a ledger account's code (`wallet:…`), or the bare name of a student or
an order. Every transfer to it comes as a webhook of its own, which settlement credits to that account once it is confirmed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from django.conf import settings

from core.errors import Refused
from payments.gateways.monnify import session
from payments.gateways.wire import OutcomeUnknown, Wire


class NotReserved(Refused):
    """The gateway reserves no account for this holder."""

    code = "account_not_reserved"


_ACCOUNTS = "/api/v2/bank-transfer/reserved-accounts"


class Holder(NamedTuple):
    """Whom it is for. One of the two identity numbers (11 digits) is what Nigerian banks ask for; it is kept nowhere."""

    name: str
    email: str
    bvn: str = ""
    nin: str = ""


class ReservedAccount(NamedTuple):
    """An account number to transfer to."""

    bank_code: str
    bank_name: str
    account_number: str
    account_name: str


def reserve(owner: str, currency: str, holder: Holder, wire: Wire) -> tuple[ReservedAccount, ...]:
    """The accounts reserved for `owner`, opened when there are none. Safe to repeat: one owner has one reservation.

    Raises NotSent, OutcomeUnknown, Misconfigured, and NotReserved with Monnify's own words.
    """
    known = session.ask(wire, "GET", f"{_ACCOUNTS}/{quote(owner, safe='')}")
    if known.successful:
        return _accounts(known.body)
    identity = {"bvn": holder.bvn} if holder.bvn else {"nin": holder.nin} if holder.nin else {}
    wanted: Mapping[str, Any] = {
        "accountReference": owner,
        "accountName": holder.name,
        "currencyCode": currency,
        "contractCode": settings.GATEWAYS[session.GATEWAY]["contract_code"],
        "customerEmail": holder.email,
        "customerName": holder.name,
        "getAllAvailableBanks": True,
        **identity,
    }
    opened = session.ask(wire, "POST", _ACCOUNTS, wanted)
    if not opened.successful:
        raise NotReserved(opened.message)
    return _accounts(opened.body)


def _accounts(body: Mapping[str, Any]) -> tuple[ReservedAccount, ...]:
    """v2 lists accounts, v1 is the account itself."""
    rows = body.get("accounts", [body])
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("accountNumber") for row in rows):
        raise OutcomeUnknown("The answer names no account number.")
    return tuple(
        ReservedAccount(
            bank_code=str(row.get("bankCode") or ""),
            bank_name=str(row.get("bankName") or ""),
            account_number=str(row["accountNumber"]),
            account_name=str(row.get("accountName") or body.get("accountName") or ""),
        )
        for row in rows
    )
