from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import shown
from core.admin.acting import ActingAdmin
from core.admin.addresses import has_page
from core.admin.blocks import Block, Column, Facts, Figure, Figures, Note, Page, Table
from core.admin.exporting import amount, attribute
from core.admin.filters import Currency, When, choice
from core.card_numbers import without_card_numbers
from core.money import money
from ledger.admin.accounts import account_link
from ledger.models import Account
from payments.admin import wording
from payments.admin.filters import Ended, Outcome, Silent
from payments.admin.finding import find_payments, find_payments_of
from payments.admin.life import Life, life_of
from payments.models import Payment
from payments.statuses import Status


@admin.register(Payment)
class PaymentAdmin(ActingAdmin):
    """Every payment, newest first."""

    key_prefix = "pay"
    list_display = ("heard_of", "payer", "reference_shown", "way", "state", "amount")
    list_filter = (
        When,
        choice("status", "status", Status.choices),
        choice("method", "method", wording.METHODS.items()),
        choice("gateway", "gateway", wording.GATEWAY_CHOICES),
        Outcome,
        Ended,
        Silent,
        Currency,
    )
    searches = "receipt, student, phone, amount or pay_…"
    nothing_here = "No payment has come yet. The first one a gateway tells of will stand here."
    export_columns = (
        ("Id", attribute("public_id")),
        ("First heard of", attribute("created_at")),
        ("Reference", attribute("reference")),
        ("Account", attribute("account")),
        ("Payer meant", wording.meant),
        ("Gateway", attribute("gateway")),
        ("Method", attribute("method")),
        ("Status", attribute("status")),
        ("Amount", amount("amount_minor")),
        ("Received", amount("received_minor")),
        ("Currency", attribute("currency")),
        ("Gateway time", attribute("status_at")),
        ("Settled", attribute("settled_at")),
    )

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        return find_payments(rows, term)

    def find_in_list(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        found = self.find(rows, term)
        return found if found.exists() else find_payments_of(rows, term)

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        called = wording.sellers(rows)
        for row in rows:
            row.called = called

    def label(self, obj: Payment) -> str:
        amount = money(obj.amount_minor or obj.received_minor, obj.currency)
        return f"{obj.reference or obj.public_id} · {amount} · {obj.get_status_display().lower()}"

    @admin.display(description="First heard of")
    def heard_of(self, payment: Payment) -> SafeString:
        return shown.instant(payment.created_at)

    @admin.display(description="For")
    def payer(self, payment: Any) -> SafeString:
        return wording.payer(payment, payment.called)

    @admin.display(description="Reference")
    def reference_shown(self, payment: Payment) -> SafeString:
        return shown.code(payment.reference)

    @admin.display(description="By")
    def way(self, payment: Payment) -> str:
        return wording.method(payment) or wording.gateway(payment.gateway)

    @admin.display(description="Status")
    def state(self, payment: Payment) -> SafeString:
        return wording.status_badge(payment.status)

    @admin.display(description="Amount")
    def amount(self, payment: Payment) -> SafeString:
        return shown.amount(payment.amount_minor, payment.currency)

    def page(self, request: HttpRequest, obj: Payment) -> Page:
        life = life_of(obj, with_bodies=request.user.has_perm("core.read_body"))
        accounts = {account.code for account in Account.objects.filter(code__in=[obj.account, obj.named_account])}
        return Page(
            name=obj.public_id,
            heading=shown.amount(obj.amount_minor or obj.received_minor, obj.currency),
            state=wording.status_badge(obj.status),
            lead=_lead(obj),
            doors=self.doors(request, obj),
            top=[*_warnings(obj, life), *_figures(obj)],
            main=[life.timeline, *life.bodies],
            side=[Facts("About this payment", _facts(obj, accounts)), _names(life)],
        )


def _lead(payment: Payment) -> str:
    return f"{wording.method(payment) or 'Payment'} through {wording.gateway(payment.gateway)}"


def _warnings(payment: Payment, life: Life) -> list[Block]:
    notes: list[Block] = []
    if payment.in_suspense:
        what = "stands" if payment.received_minor else "would go"
        is_too_much = any(item.reason == "order_paid_already" for item in life.items)
        why = "another payment had paid the order" if is_too_much else f"no open account {wording.meant(payment)} takes it"
        notes.append(Note(f"The money {what} in suspense: {why}.", "warn"))
    others = [item for item in life.open_items if item.kind != item.Kind.SUSPENSE]
    return notes + [Note(item.detail, "bad" if item.kind == item.Kind.CONFLICT else "warn") for item in others]


def _figures(payment: Payment) -> list[Block]:
    """Only where asked and received are not the same number twice."""
    if payment.received_minor in {0, payment.amount_minor}:
        return []
    rest = payment.amount_minor - payment.received_minor
    items = [
        Figure("Asked for", shown.amount(payment.amount_minor, payment.currency)),
        Figure("Received", shown.amount(payment.received_minor, payment.currency)),
        Figure("Still open" if rest > 0 else "More than asked", shown.amount(abs(rest), payment.currency), tone="warn"),
    ]
    return [Figures(items)]


def _facts(payment: Payment, accounts: set[str]) -> list[tuple[str, SafeString]]:
    def account(code: str) -> SafeString:
        return account_link(code) if code in accounts else shown.code(without_card_numbers(code))

    facts = [
        ("For", wording.payer(payment, wording.sellers([payment]))),
        ("Booked to" if payment.received_minor else "Goes to", account(payment.account)),
    ]
    if payment.named_account != payment.account:
        facts.append(("Payer meant", account(payment.named_account)))
    return [
        *facts,
        ("Method", shown.text(wording.method(payment))),
        ("Gateway", shown.text(wording.gateway(payment.gateway))),
        ("Reference", shown.code(payment.reference)),
        ("Id", shown.code(payment.public_id)),
        ("First heard of", shown.instant(payment.created_at)),
        ("Gateway time", shown.instant(payment.status_at)),
        ("Settled", shown.instant(payment.settled_at)),
    ]


def _names(life: Life) -> Table:
    rows = [
        [shown.text(key.kind.replace("_", " ")), shown.code(key.reference), shown.amount(key.booked_minor, life.payment.currency)]
        for key in life.keys
    ]
    columns = [Column("Kind"), Column("Reference"), Column("Booked", numeric=True)]
    return Table("Known to the gateway as", columns, rows, "The gateway has given it no name yet.")


has_page("pay", "payments_payment")
