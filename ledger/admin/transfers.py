from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import panels, shown
from core.admin.acting import ActingAdmin
from core.admin.addresses import has_page, link_to
from core.admin.as_of import RecordedUpTo
from core.admin.blocks import Column, Facts, Page, Table
from core.admin.exporting import amount, attribute
from core.admin.filters import Choice, Currency, Happened, choice
from core.errors import MalformedId
from core.ids import instant_of, parse_public_id, public_id
from core.money import CURRENCIES
from ledger import chart
from ledger.admin.accounts import account_link, in_words
from ledger.admin.why import why
from ledger.models import Account, Transfer, TransferReference

KINDS = ("fee", "payment", "excess", "allocation", "write_off", "adjustment", "reversal", "shortfall")


class Through(Choice):
    """What came through one gateway: its clearing accounts, one in each currency, are debited."""

    title = "through"
    parameter_name = "through"
    quiet = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        # Whatever a link names: which gateways there are is known on a higher floor.
        name = str(self.used_parameters.get(self.parameter_name, ""))
        asked = request.GET.get(Currency.parameter_name, "")
        self._currencies = [asked] if asked in CURRENCIES else sorted(CURRENCIES)
        return [(name, in_words(name))] if chart.is_name(name) else [("", "")]

    @property
    def scans(self) -> bool:  # type: ignore[override] # the rows of one account are had in their order by its index
        return len(self._currencies) > 1

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        codes = [chart.gateway_clearing(value, currency) for currency in self._currencies]
        return rows.filter(debit_account__in=list(Account.objects.filter(code__in=codes).values_list("pk", flat=True)))


@admin.register(Transfer)
class TransferAdmin(ActingAdmin):
    """Every movement of money, newest first."""

    key_prefix = "transfer"
    list_display = ("booked", "what", "debit", "credit", "reference_shown", "amount")
    list_filter = (Happened, RecordedUpTo, choice("kind", "what", [(kind, in_words(kind)) for kind in KINDS]), Through, Currency)
    searches = "reference or transfer_…"
    nothing_here = "No money has moved yet."
    export_columns = (
        ("Id", lambda transfer: public_id("transfer", transfer.id)),
        ("Booked", lambda transfer: instant_of(transfer.id)),
        ("Effective", attribute("effective_at")),
        ("What", attribute("kind")),
        ("Debit", lambda transfer: transfer.debit_account.code),
        ("Credit", lambda transfer: transfer.credit_account.code),
        ("Amount", amount("amount_minor")),
        ("Currency", attribute("currency")),
        ("Reference", attribute("reference")),
        ("Memo", attribute("memo")),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("debit_account", "credit_account")

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        try:
            return rows.filter(pk=parse_public_id("transfer", term))
        except MalformedId:
            # Materialized, so that each month's key is probed instead of each month being joined.
            named = TransferReference.objects.filter(reference=term).values_list("transfer_id", flat=True)
            return rows.filter(pk__in=list(named))

    @admin.display(description="Booked")
    def booked(self, transfer: Transfer) -> SafeString:
        return shown.instant(instant_of(transfer.id))

    @admin.display(description="What")
    def what(self, transfer: Transfer) -> str:
        return in_words(transfer.kind)

    @admin.display(description="Debit")
    def debit(self, transfer: Transfer) -> SafeString:
        return account_link(transfer.debit_account.code)

    @admin.display(description="Credit")
    def credit(self, transfer: Transfer) -> SafeString:
        return account_link(transfer.credit_account.code)

    @admin.display(description="Reference")
    def reference_shown(self, transfer: Transfer) -> SafeString:
        return shown.code(transfer.reference)

    @admin.display(description="Amount")
    def amount(self, transfer: Transfer) -> SafeString:
        return shown.amount(transfer.amount_minor, transfer.currency)

    def page(self, request: HttpRequest, obj: Transfer) -> Page:
        columns = [Column("Account"), Column("Debit", numeric=True), Column("Credit", numeric=True)]
        amount = shown.amount(obj.amount_minor, obj.currency)
        sides = [
            [account_link(obj.debit_account.code), amount, shown.NOTHING],
            [account_link(obj.credit_account.code), shown.NOTHING, amount],
        ]
        return Page(
            name=public_id("transfer", obj.id),
            heading=amount,
            state=shown.badge(in_words(obj.kind), "busy"),
            lead=obj.memo,
            main=[Table("Both sides", columns, sides, ""), *why(request, obj), *panels.about("transfer", request, obj)],
            side=[Facts("About this transfer", _facts(obj))],
        )


def _facts(transfer: Transfer) -> list[tuple[str, SafeString]]:
    facts = [
        ("Reference", shown.code(transfer.reference)),
        ("Id", shown.code(public_id("transfer", transfer.id))),
        ("Happened", shown.instant(transfer.effective_at)),
        ("Booked", shown.instant(instant_of(transfer.id))),
    ]
    if transfer.reverses_id:
        facts.append(("Reverses", link_to(public_id("transfer", transfer.reverses_id))))
    return facts


has_page("transfer", "ledger_transfer")
