"""A transaction as Monnify tells it, by webhook or in an answer: amounts in major units, as numbers or as texts.

Source: developers.monnify.com, the official SDKs, and measured samples. The zone of its clock stands nowhere; its office is in
Lagos, which has kept UTC+1 all along.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from ledger import chart
from ledger.errors import InvalidAccountCode
from payments.evidence import Evidence, Key, Unsettleable, reference
from payments.gateways.base import told_minor
from payments.gateways.outbound import OURS
from payments.statuses import Status

TRANSACTION = "transaction"
"""The kind of Monnify's own key. It stands for the checkout and for the money that came through it: it is the movement."""
CURRENCY = "NGN"

_PAID = ("PAID", "OVERPAID", "PARTIALLY_PAID")
_UNPAID = {
    # Nothing came yet: the payer has the checkout before him.
    "PENDING": (Status.REQUIRES_ACTION, ""),
    "ABANDONED": (Status.CANCELLED, "abandoned"),
    "CANCELLED": (Status.CANCELLED, "cancelled_by_payer"),
    "EXPIRED": (Status.EXPIRED, "nobody_paid_in_time"),
    "FAILED": (Status.FAILED, "declined"),
}
_METHODS = {"ACCOUNT_TRANSFER": "bank_transfer", "CARD": "card", "CASH": "cash", "USSD": "ussd"}
_LAGOS = timezone(timedelta(hours=1))
_CLOCKS = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %I:%M:%S %p", "%d/%m/%Y %H:%M:%S")


def transaction(told: Mapping[str, Any], *, kind: str, is_claim: bool) -> Evidence:
    """What a transaction's object says. With `is_claim` its money is only claimed (decision 16). Raises Unsettleable."""
    status = told.get("paymentStatus")
    currency = told.get("currency") or told.get("currencyCode") or CURRENCY
    if not isinstance(status, str) or not isinstance(currency, str):
        raise Unsettleable("unknown_word", "paymentStatus or currency is not a text.")
    movement = Key(TRANSACTION, reference(told.get("transactionReference"), "transactionReference"))
    said = Evidence(
        gateway="monnify",
        kind=kind,
        keys=keys(told),
        status=Status.PENDING,
        amount_minor=0,
        currency=currency,
        method=_METHODS.get(str(told.get("paymentMethod")), ""),
        occurred_at=clock(told.get("paidOn")),
    )
    if status in _PAID:
        paid_minor = told_minor(told.get("amountPaid"), currency, "amountPaid")
        if paid_minor == 0:
            raise Unsettleable("bad_amount", f"{status}, and nothing was paid.")
        if is_claim:
            return said._replace(claimed_minor=paid_minor, **_owner(told, currency))
        return said._replace(status=Status.SUCCEEDED, amount_minor=paid_minor, movement=movement)
    if status == "REVERSED":
        raise Unsettleable("not_yet_handled", "The money went back to its payer.")
    if status not in _UNPAID:
        raise Unsettleable("unknown_word", f"paymentStatus is none that the contract knows: {status[:40]!r}.")
    state, reason = _UNPAID[status]
    return said._replace(status=state, reason=reason)


def keys(told: Mapping[str, Any]) -> tuple[Key, ...]:
    """Our reference and Monnify's. A transfer to a reserved account has no reference of ours: there Monnify repeats its own."""
    theirs = reference(told.get("transactionReference"), "transactionReference")
    ours = told.get("paymentReference")
    known = (Key(TRANSACTION, theirs),)
    return known if ours in {None, "", theirs} else (Key(OURS, reference(ours, "paymentReference")), *known)


def is_reserved_account(told: Mapping[str, Any]) -> bool:
    """Is it a transfer to an account that is reserved for somebody?"""
    product = told.get("product")
    return isinstance(product, Mapping) and product.get("type") == "RESERVED_ACCOUNT"


def clock(text: object) -> datetime | None:
    """An instant in any of the four spellings that have been seen; None when it is in none."""
    if not isinstance(text, str):
        return None
    for spelling in _CLOCKS:
        try:
            return datetime.strptime(text, spelling).replace(tzinfo=_LAGOS).astimezone(UTC)
        except ValueError:
            continue
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=_LAGOS)).astimezone(UTC)


def _owner(told: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Whom a reserved account is for: its reference is an account's code, or the name of a student or an order."""
    if not is_reserved_account(told):
        return {}
    name = reference(told["product"].get("reference"), "product.reference")
    if ":" not in name:
        return {"bill_reference": name}
    try:
        plan = chart.plan(name)
    except InvalidAccountCode as impossible:
        raise Unsettleable("bad_reference", f"product.reference is no account of ours: {impossible.detail}") from impossible
    if not plan.owner or plan.currency not in {"", currency}:
        raise Unsettleable("bad_reference", f"product.reference {name!r} is no account that takes {currency}.")
    return {"account": name}
