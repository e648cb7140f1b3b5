"""Which gateway takes a payment: the most specific open row of the table that staff may change."""

from uuid import UUID

from django.db import transaction

from access.services import audit
from payments.errors import NoRoute, UnknownRoute
from payments.gateways.registry import OUTBOUND
from payments.models import PaymentRoute

ANY = "*"
OPEN_ACT, CLOSE_ACT = "payments.open_route", "payments.close_route"
_FIRST = (
    ("mpesa", "KES", "mpesa"),
    ("card", "INR", "upi"),
    ("card", ANY, "stripe"),
    ("upi", "INR", "upi"),
    ("bank_transfer", "NGN", "monnify"),
    ("bank_transfer", "KES", "cellulant"),
    ("bank_transfer", ANY, "stripe"),
    ("deposit", ANY, "bank"),
    *((wallet, ANY, "stripe") for wallet in ("alipay", "wechat_pay", "cashapp", "amazon_pay", "link")),
)


def fill() -> None:
    """Write the rows that a new installation begins with; those that are there stay as staff have left them."""
    rows = [PaymentRoute(method=method, currency=currency, gateway=gateway) for method, currency, gateway in _FIRST]
    PaymentRoute.objects.bulk_create(rows, ignore_conflicts=True)


def route(method: str, currency: str) -> str:
    """The gateway's name. Raises NoRoute where nobody takes this method in this currency now."""
    rows = PaymentRoute.objects.filter(method=method, currency__in=[currency, ANY])
    for row in sorted(rows, key=lambda row: row.currency == ANY):
        if row.is_open and row.gateway in OUTBOUND:
            return row.gateway
        if row.currency == currency:
            break  # closed for this very currency: the general row is no way around that
    raise NoRoute(f"No gateway takes {method} in {currency} now.")


@transaction.atomic
def set_open(*, route_id: UUID, is_open: bool, actor: str, reason: str) -> PaymentRoute:
    """Let payments take this way, or start no more of them by it. Idempotent; raises UnknownRoute."""
    audit.check_said(actor, reason)
    row = PaymentRoute.objects.select_for_update().filter(pk=route_id).first()
    if row is None:
        raise UnknownRoute
    if row.is_open != is_open:
        row.is_open = is_open
        row.save(update_fields=["is_open"])
        act = OPEN_ACT if is_open else CLOSE_ACT
        audit.record(
            actor=actor, act=act, target=row.public_id, reason=reason, before={"open": not is_open}, after={"open": is_open}
        )
    return row
