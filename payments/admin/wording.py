"""A payment's states and methods in staff's words and colours."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin import shown
from core.admin.addresses import link_to
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
GATEWAY_CHOICES = tuple((name, name.capitalize()) for name in GATEWAYS)


def status_badge(status: str) -> SafeString:
    return shown.badge(Status(status).label, TONES.get(status, ""))


def method(payment: Payment) -> str:
    return METHODS.get(payment.method, payment.method)


def gateway(name: str) -> str:
    return name.capitalize()


def payer(payment: Payment) -> SafeString:
    """Whom the payer meant, with a link: a student's id, else the account's code."""
    code = payment.named_account or payment.account
    word, _, rest = code.partition(":")
    identity = rest.rpartition(":")[0]
    if payment.in_suspense:
        return format_html("<span>{} {}</span>", identity or code, shown.badge("Suspense", "warn"))
    return link_to(f"student:{identity}", identity) if word == "student" else link_to(f"account:{code}", code)
