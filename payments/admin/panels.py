"""What payments have to say on other pages: on an account's or student's, and on the transfer that booked one."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from core.admin import panels, shown
from core.admin.addresses import address_of, link_to
from core.admin.blocks import Block, Column, Link, Note, Table
from core.ids import public_id
from ledger.models import Transfer
from payments.admin import wording
from payments.models import NaturalKey, Payment

NEWEST = 10


def newest_payments(request: HttpRequest, codes: Sequence[str]) -> list[Block]:
    """The newest payments into these accounts; none of a system account, which every payment passes through."""
    if not request.user.has_perm("payments.view_payment"):
        return []
    payments = list(Payment.objects.filter(account__in=codes).order_by("-id")[: NEWEST + 1])
    if not payments and not any(code.startswith("student:") for code in codes):
        return []
    rows = [
        [
            shown.instant(payment.created_at),
            shown.link(address_of(payment.public_id), payment.reference or payment.public_id),
            shown.text(wording.method(payment)),
            wording.status_badge(payment.status),
            shown.amount(payment.amount_minor, payment.currency),
        ]
        for payment in payments[:NEWEST]
    ]
    columns = [Column("First heard of"), Column("Reference"), Column("By"), Column("Status"), Column("Amount", numeric=True)]
    url = f"{reverse('admin:payments_payment_changelist')}?q={codes[0]}"
    more = [Link("All payments", url)] if len(payments) > NEWEST else []
    return [Table("Payments", columns, rows, "No payment has come for this account.", more=more)]


def booked_payment(request: HttpRequest, transfer: Transfer) -> list[Block]:
    """Which payment a transfer booked; its reference is spelled payment:<gateway>:<kind>:<reference>."""
    word, _, rest = transfer.reference.partition(":")
    gateway, _, rest = rest.partition(":")
    kind, _, reference = rest.partition(":")
    if word != "payment" or not reference:
        return []
    key = NaturalKey.objects.filter(gateway=gateway, kind=kind, reference=reference).first()
    return [] if key is None else [Note(format_html("It booked {}.", link_to(public_id("pay", key.payment_id))))]


panels.add("accounts", newest_payments)
panels.add("transfer", booked_payment)
