"""What payments have to say on other pages: on an account's or student's, and on the transfer that booked one."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from access.models import Approval
from core.admin import panels, shown
from core.admin.addresses import address_of, link_to
from core.admin.blocks import Block, Column, Link, Note, Table
from core.errors import BursarError
from core.models import ExceptionItem
from ledger.models import Transfer
from payments.admin import wording
from payments.models import Payment
from payments.services.allocating import preview_allocation
from payments.services.knowing import payment_moved_by

NEWEST = 10
NONE_FOR_IT = "No payment has come for this account."


def payments_table(title: str, payments: Sequence[Payment], nothing: str, more: Sequence[Link] = ()) -> Table:
    """A few payments, a row each; `nothing` is said where there are none."""
    called = wording.sellers(payments)
    rows = [
        [
            shown.instant(payment.created_at),
            wording.payer(payment, called),
            shown.reference(address_of(payment.public_id), payment.reference or payment.public_id),
            shown.word(wording.method(payment)),
            wording.status_badge(payment.status),
            shown.amount(payment.amount_minor, payment.currency),
        ]
        for payment in payments
    ]
    labels = ("First heard of", "For", "Reference", "By", "Status")
    columns = [*(Column(label) for label in labels), Column("Amount", numeric=True)]
    return Table(title, columns, rows, nothing, more=more)


def newest_payments(request: HttpRequest, codes: Sequence[str]) -> list[Block]:
    """The newest payments into these accounts; none of a system account, which every payment passes through."""
    if not request.user.has_perm("payments.view_payment"):
        return []
    payments = list(Payment.objects.filter(account__in=codes).order_by("-id")[: NEWEST + 1])
    if not payments and not any(code.startswith("student:") for code in codes):
        return []
    url = f"{reverse('admin:payments_payment_changelist')}?{urlencode({'q': codes[0]})}"
    more = [Link("All payments", url)] if len(payments) > NEWEST else []
    return [payments_table("Payments", payments[:NEWEST], NONE_FOR_IT, more)]


def payment_in_question(request: HttpRequest, item: ExceptionItem) -> list[Block]:
    """The payment that an exception is about."""
    if item.payment_id is None or not request.user.has_perm("payments.view_payment"):
        return []
    payments = list(Payment.objects.filter(pk=item.payment_id))
    meant = _if_meant(request, payments[0]) if payments and item.kind == item.Kind.SUSPENSE and item.status == "open" else []
    return [*_asked_for(request, payments), payments_table("The payment", payments, NONE_FOR_IT), *meant]


def _asked_for(request: HttpRequest, payments: Sequence[Payment]) -> list[Block]:
    """What waits for a second person already about this payment."""
    if not payments or not request.user.has_perm("access.view_approval"):
        return []
    waiting = Approval.objects.waiting(timezone.now()).filter(payload__payment=payments[0].public_id)
    return [
        Note(format_html("Waits for another person to approve it: {}", link_to(approval.public_id, approval.summary)), "warn")
        for approval in waiting[:NEWEST]
    ]


def _if_meant(request: HttpRequest, payment: Payment) -> list[Block]:
    """What allocating it to the account that the payer named would book, where that account takes it by now."""
    try:
        preview = preview_allocation(payment_id=payment.pk, account_code=payment.named_account)
    except BursarError:
        return []
    said = "The account that the payer meant takes money by now. Allocated to it:"
    return [Note(said), *panels.about("preview", request, preview)]


def booked_payment(request: HttpRequest, transfer: Transfer) -> list[Block]:
    """The payment whose money a transfer moved."""
    payment = payment_moved_by(transfer) if request.user.has_perm("payments.view_payment") else None
    return [payments_table("The payment whose money it moved", [payment], NONE_FOR_IT)] if payment else []


panels.add("accounts", newest_payments)
panels.add("transfer", booked_payment)
panels.add("exception", payment_in_question)
