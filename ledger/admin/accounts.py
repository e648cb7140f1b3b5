from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import panels, shown
from core.admin.addresses import has_page, link_to, page_url
from core.admin.blocks import Column, Facts, Figure, Figures, Link, Note, Page, Table
from core.admin.filters import choice
from core.admin.read_only import ReadOnlyAdmin
from core.errors import MalformedId
from core.ids import parse_public_id, public_id
from ledger.admin.lines import newest_lines
from ledger.models import Account

LINES = 50
STATE_TONES = {"open": "good", "review": "warn", "frozen": "bad", "closed": ""}
OWNERS = ("student", "merchant", "user", "wallet")


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """The books, by code."""

    address_field = "code"
    ordering = ("code",)
    list_display = ("code_shown", "kind_shown", "owner_shown", "state_shown", "balance")
    list_filter = (choice("kind", "kind", Account.Kind.choices), choice("state", "state", Account.State.choices))
    searches = "account code, or its owner: S004"
    nothing_here = "Accounts open themselves when money first moves through them, or with a student."

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        owners = {term} | {f"{word}:{name}" for word in OWNERS for name in (term, term.upper())}
        return rows.filter(Q(code=term) | Q(owner__in=sorted(owners)) & ~Q(owner=""))

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        posted = dict(Account.objects.filter(pk__in=[row.pk for row in rows]).with_balance().values_list("pk", "posted_minor"))
        for row in rows:
            row.posted_minor = posted.get(row.pk, 0)

    @admin.display(description="Code")
    def code_shown(self, account: Account) -> str:
        return account.code

    @admin.display(description="Kind")
    def kind_shown(self, account: Account) -> str:
        return account.get_kind_display()

    @admin.display(description="Owner")
    def owner_shown(self, account: Account) -> SafeString:
        return link_to(account.owner) if account.owner else shown.text("The school")

    @admin.display(description="State")
    def state_shown(self, account: Account) -> SafeString:
        return state_badge(account)

    @admin.display(description="Balance")
    def balance(self, account: Any) -> SafeString:
        return shown.amount(account.posted_minor, account.currency)

    def page(self, request: HttpRequest, obj: Account) -> Page:
        [counted] = Account.objects.filter(pk=obj.pk).with_balance()
        before = _before(request)
        return Page(
            name=obj.code,
            heading=obj.code,
            state=state_badge(obj),
            top=[Figures(_figures(counted))],
            main=[*_warnings(obj), lines_table(obj, before), *panels.about("accounts", request, [obj.code])],
            side=[Facts("About this account", _facts(obj))],
        )


def state_badge(account: Account) -> SafeString:
    return shown.badge(account.get_state_display(), STATE_TONES.get(account.state, ""))


def account_link(code: str) -> SafeString:
    return shown.link(page_url("ledger_account", code), code)


def lines_table(account: Account, before: UUID | None) -> Table:
    """The account's movements with the balance after each."""
    lines = newest_lines(account, before=before, limit=LINES + 1)
    url = page_url("ledger_account", account.code)
    links = [Link("Newest", url)] if before else []
    if len(lines) > LINES:
        links.append(Link("Older", f"{url}?before={public_id('transfer', lines[LINES - 1].id)}"))
    rows = [
        [
            shown.instant(line.effective_at),
            shown.link(page_url("ledger_transfer", public_id("transfer", line.id)), in_words(line.kind)),
            account_link(line.other),
            shown.amount(line.debit_minor or None, account.currency),
            shown.amount(line.credit_minor or None, account.currency),
            shown.amount(line.balance_minor, account.currency),
        ]
        for line in lines[:LINES]
    ]
    columns = [Column("When"), Column("What"), Column("Other side"), *(Column(label, numeric=True) for label in _SIDES)]
    return Table("Movements", columns, rows, "No money has moved through this account.", more=links)


def in_words(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


_SIDES = ("Debit", "Credit", "Balance")


def _figures(counted: Any) -> list[Figure]:
    figures = [Figure("Balance", shown.amount(counted.posted_minor, counted.currency), note=_SENSE[counted.kind])]
    if counted.guarded:
        figures += [
            Figure("Held", shown.amount(counted.held_minor, counted.currency)),
            Figure("Available", shown.amount(counted.posted_minor - counted.held_minor, counted.currency)),
        ]
    return figures


_SENSE = {
    Account.Kind.ASSET: "Positive: we have it, or it is owed to us",
    Account.Kind.LIABILITY: "Positive: we owe it",
    Account.Kind.INCOME: "Positive: earned",
    Account.Kind.EXPENSE: "Positive: spent",
    Account.Kind.EQUITY: "Positive: the school's own",
}


def _warnings(account: Account) -> list[Note]:
    match account.state:
        case Account.State.REVIEW:
            return [Note("Under review: what comes is booked, and flagged for staff.", "warn")]
        case Account.State.FROZEN:
            return [Note("Frozen: only what gateways report as done is booked.", "warn")]
    return []


def _facts(account: Account) -> list[tuple[str, SafeString]]:
    return [
        ("Kind", shown.text(account.get_kind_display())),
        ("Currency", shown.text(account.currency)),
        ("Owner", link_to(account.owner) if account.owner else shown.text("The school")),
        ("Below zero", shown.text("Refused" if account.guarded else "Allowed")),
        ("Opened", shown.instant(account.created_at)),
    ]


def _before(request: HttpRequest) -> UUID | None:
    try:
        return parse_public_id("transfer", request.GET.get("before", ""))
    except MalformedId:
        return None


has_page("account", "ledger_account")
