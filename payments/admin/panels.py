"""What payments have to say on other pages: on an account's or student's, and on the transfer that booked one."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from core.admin import panels, shown
from core.admin.addresses import address_of
from core.admin.blocks import Block, Column, Link, Table
from core.models import ExceptionItem
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
    url = f"{reverse('admin:payments_payment_changelist')}?{urlencode({'q': codes[0]})}"
    more = [Link("All payments", url)] if len(payments) > NEWEST else []
    return [_table("Payments", payments[:NEWEST], more)]


def payment_in_question(request: HttpRequest, item: ExceptionItem) -> list[Block]:
    """The payment that an exception is about."""
    if item.payment_id is None or not request.user.has_perm("payments.view_payment"):
        return []
    return [_table("The payment", list(Payment.objects.filter(pk=item.payment_id)), [])]


def _table(title: str, payments: Sequence[Payment], more: Sequence[Link]) -> Table:
    rows = [
        [
            shown.instant(payment.created_at),
            wording.payer(payment),
            shown.link(address_of(payment.public_id), payment.reference or payment.public_id),
            shown.text(wording.method(payment)),
            wording.status_badge(payment.status),
            shown.amount(payment.amount_minor, payment.currency),
        ]
        for payment in payments
    ]
    labels = ("First heard of", "For", "Reference", "By", "Status")
    columns = [*(Column(label) for label in labels), Column("Amount", numeric=True)]
    return Table(title, columns, rows, "No payment has come for this account.", more=more)


def booked_payment(request: HttpRequest, transfer: Transfer) -> list[Block]:
    """The payment that a transfer booked; the reference is spelled payment:<gateway>:<kind>:<reference>."""
    word, _, rest = transfer.reference.partition(":")
    gateway, _, rest = rest.partition(":")
    kind, _, reference = rest.partition(":")
    if word != "payment" or not reference:
        return []
    key = NaturalKey.objects.filter(gateway=gateway, kind=kind, reference=reference).first()
    if key is None or not request.user.has_perm("payments.view_payment"):
        return []
    return [_table("The payment it booked", list(Payment.objects.filter(pk=key.payment_id)), [])]


panels.add("accounts", newest_payments)
panels.add("transfer", booked_payment)
panels.add("exception", payment_in_question)
