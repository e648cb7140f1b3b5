"""A payment's states and methods in staff's words and colours."""

from collections.abc import Collection, Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin import shown
from core.admin.addresses import link_to
from core.admin.names import names_of
from core.card_numbers import without_card_numbers
from payments.gateways.registry import GATEWAYS
from payments.models import Payment
from payments.statuses import Status

TONES: dict[str, str] = {
    Status.CREATED: "",
    Status.PENDING: "busy",
    Status.REQUIRES_ACTION: "busy",
    Status.UNKNOWN: "warn",
    Status.FAILED: "bad",
    Status.EXPIRED: "",
    Status.CANCELLED: "",
    Status.AUTHORIZED: "busy",
    Status.VOIDED: "",
    Status.PARTIALLY_PAID: "warn",
    Status.SUCCEEDED: "good",
    Status.PARTIALLY_REFUNDED: "",
    Status.REFUNDED: "",
}
METHODS = {
    "mpesa": "M-Pesa",
    "card": "Card",
    "bank_transfer": "Bank transfer",
    "cash": "Cash",
    "upi": "UPI",
    "wallet": "Wallet",
    "deposit": "Bank deposit",
    "alipay": "Alipay",
    "wechat_pay": "WeChat Pay",
    "cashapp": "Cash App Pay",
    "amazon_pay": "Amazon Pay",
    "link": "Link",
}
gateway = shown.gateway
GATEWAY_CHOICES = tuple((name, gateway(name)) for name in GATEWAYS)


def status_badge(status: str) -> SafeString:
    return shown.badge(Status(status).label, TONES.get(status, ""))


def method(payment: Payment) -> str:
    return METHODS.get(payment.method, payment.method)


def sellers(payments: Collection[Payment]) -> dict[str, str]:
    """The names of the merchants among those whom payers meant; no question where there is none."""
    return names_of({_meant(payment) for payment in payments if _meant(payment).startswith("merchant:")})


def meant(payment: Payment) -> str:
    """The account that the payer named, as people may read it. Somebody who pays by card may send its number for a student's id.

    An account that money was booked to is one that exists, and is never cut, whatever its digits look like.
    """
    named: str = payment.named_account
    return named if named == payment.account else without_card_numbers(named)


def payer(payment: Payment, called: Mapping[str, str]) -> SafeString:
    """Whom the payer meant, with a link: a student's id, a merchant's name as `called`, else the account's code."""
    code, whose = payment.named_account or payment.account, _meant(payment)
    word, _, identity = whose.partition(":")
    if payment.in_suspense:
        meant_for = called.get(whose) or without_card_numbers(identity or code)
        return format_html("<span>{} {}</span>", meant_for, shown.badge("Suspense", "warn"))
    if meant(payment) != payment.named_account:
        return shown.text(without_card_numbers(identity or code))
    return link_to(whose, identity) if word == "student" else link_to(f"account:{code}", called.get(whose) or code)


def _meant(payment: Payment) -> str:
    """`student:S004`, `merchant:…`; "" for an account of the school."""
    word, _, rest = (payment.named_account or payment.account).partition(":")
    identity = rest.partition(":")[0] if word == "merchant" else rest.rpartition(":")[0]
    return f"{word}:{identity}" if identity else ""
