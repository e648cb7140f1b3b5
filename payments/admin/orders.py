from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import shown
from core.admin.addresses import address_of, has_page, link_to
from core.admin.blocks import Block, Column, Facts, Note, Page, Table
from core.admin.filters import When, choice
from core.admin.read_only import ReadOnlyAdmin
from core.errors import MalformedId
from core.ids import parse_public_id, public_id
from core.money import money
from ledger.admin.accounts import account_link
from payments.admin import wording
from payments.models import Order, Payment

TONES = {"created": "busy", "paid": "good", "cancelled": "", "expired": ""}
MOST = 50


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """What merchants want to be paid for."""

    key_prefix = "order"
    list_display = ("made", "merchant_shown", "receipt_shown", "state", "amount")
    list_filter = (When, choice("status", "status", Order.Status.choices))
    searches = "order_…, receipt or bill reference"
    nothing_here = "No merchant has made an order yet."

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("merchant").defer("client_secret")

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        try:
            return rows.filter(pk=parse_public_id("order", term))
        except MalformedId:
            found = rows.filter(bill_reference=term.upper())
            return found if found.exists() else rows.filter(receipt=term)

    def label(self, obj: Order) -> str:
        return f"{obj.receipt or obj.public_id} · {money(obj.amount_minor, obj.currency)} · {obj.get_status_display().lower()}"

    @admin.display(description="Made")
    def made(self, order: Order) -> SafeString:
        return shown.instant(order.created_at)

    @admin.display(description="Merchant")
    def merchant_shown(self, order: Order) -> str:
        return order.merchant.name

    @admin.display(description="Receipt")
    def receipt_shown(self, order: Order) -> SafeString:
        return shown.code(order.receipt)

    @admin.display(description="Status")
    def state(self, order: Order) -> SafeString:
        return _state(order)

    @admin.display(description="Amount")
    def amount(self, order: Order) -> SafeString:
        return shown.amount(order.amount_minor, order.currency)

    def page(self, request: HttpRequest, obj: Order) -> Page:
        payments = list(Payment.objects.filter(order_id=obj.id).order_by("-id")[:MOST])
        return Page(
            name=obj.public_id,
            heading=shown.amount(obj.amount_minor, obj.currency),
            state=_state(obj),
            lead=f"{obj.merchant.name}{f' · {obj.receipt}' if obj.receipt else ''}",
            top=_notes(obj, payments),
            main=[_payments(payments)],
            side=[Facts("About this order", _facts(obj))],
        )


def _state(order: Order) -> SafeString:
    return shown.badge(order.get_status_display(), TONES.get(order.status, ""))


def _notes(order: Order, payments: list[Payment]) -> list[Block]:
    came = sum(payment.received_minor for payment in payments)
    if came and order.status != Order.Status.PAID:
        missing = money(max(order.amount_minor - came, 0), order.currency)
        return [Note(f"Part of it has come. The order is paid when the rest does: {missing}.", "warn")]
    if not any(payment.received_minor and payment.id != order.paid_payment_id for payment in payments):
        return []
    return [Note("More than one payment brought money for this order. What is not the merchant's is in suspense.", "warn")]


def _facts(order: Order) -> list[tuple[str, SafeString]]:
    return [
        ("Merchant", link_to(f"merchant:{order.merchant_id}", order.merchant.name)),
        ("Goes to", account_link(order.account)),
        ("Bill reference", shown.code(order.bill_reference)),
        ("Paid by", link_to(public_id("pay", order.paid_payment_id)) if order.paid_payment_id else shown.NOTHING),
        ("Made", shown.instant(order.created_at)),
        ("Open until", shown.instant(order.expires_at)),
        ("Paid", shown.instant(order.paid_at)),
        ("Closed", shown.instant(order.closed_at)),
        *((name, shown.text(str(said))) for name, said in order.notes.items()),
    ]


def _payments(payments: list[Payment]) -> Table:
    rows = [
        [
            shown.instant(payment.created_at),
            shown.link(address_of(payment.public_id), payment.reference),
            shown.text(wording.method(payment)),
            wording.status_badge(payment.status),
            shown.amount(payment.received_minor, payment.currency),
        ]
        for payment in payments
    ]
    columns = [Column("Started"), Column("Reference"), Column("By"), Column("Status"), Column("Received", numeric=True)]
    return Table("Its payments", columns, rows, "Nobody has tried to pay it yet.")


has_page("order", "payments_order")
