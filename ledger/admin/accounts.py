from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.safestring import SafeString

from core.admin import panels, shown
from core.admin.acting import ActingAdmin
from core.admin.addresses import has_page, link_to, page_url
from core.admin.as_of import PARAMETER, AsOf, as_of
from core.admin.blocks import Column, Day, Facts, Figure, Figures, Link, Note, Page, Table
from core.admin.filters import Choice, Currency, choice
from core.admin.names import link_to_person, names_of
from core.errors import MalformedId
from core.ids import parse_public_id, public_id
from ledger.admin.account_field import offers
from ledger.admin.lines import newest_lines
from ledger.models import Account, Balance
from ledger.services.balances import balance_as_of
from ledger.services.statements import statement

LINES = 50
STATE_TONES = {"open": "good", "review": "warn", "frozen": "bad", "closed": ""}
OWNERS = ("student", "merchant", "user", "wallet")


class Whose(Choice):
    """Accounts of one kind of owner, by the first word of their codes."""

    title = "whose"
    parameter_name = "whose"
    options = (("student", "Students"), ("wallet", "Wallets"), ("merchant", "Merchants"), ("owed", "Owed to us"))

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        return rows.filter(code__startswith=f"{value}:")


class Standing(Choice):
    """Which side of zero the balance is on, in the account's natural sign."""

    title = "balance"
    parameter_name = "balance"
    options = (("above", "Above zero"), ("below", "Below zero"))
    scans = True

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        sums = Balance.objects.filter(account=OuterRef("pk")).order_by().values("account")
        rows = rows.annotate(net=Subquery(sums.annotate(net=Sum(F("debits_minor") - F("credits_minor"))).values("net")))
        grown, fallen = ("net__gt", "net__lt") if value == "above" else ("net__lt", "net__gt")
        normal = Q(kind__in=Account.DEBIT_NORMAL)
        return rows.filter(normal & Q(**{grown: 0}) | ~normal & Q(**{fallen: 0}))


@admin.register(Account)
class AccountAdmin(ActingAdmin):
    """The books, by code."""

    address_field = "code"
    ordering = ("code",)
    list_display = ("code_shown", "kind_shown", "owner_shown", "state_shown", "balance")
    list_filter = (
        choice("kind", "kind", Account.Kind.choices),
        choice("state", "state", Account.State.choices),
        Whose,
        Standing,
        Currency,
    )
    searches = "account code, or its owner: S004"
    nothing_here = "Accounts open themselves when money first moves through them, or with a student."

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        owners = {term} | {f"{word}:{name}" for word in OWNERS for name in (term, term.upper())}
        return rows.filter(Q(code=term) | Q(owner__in=sorted(owners)) & ~Q(owner=""))

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        posted = dict(Account.objects.filter(pk__in=[row.pk for row in rows]).with_balance().values_list("pk", "posted_minor"))
        called = names_of({row.owner for row in rows if row.owner})
        for row in rows:
            row.posted_minor, row.owner_called = posted.get(row.pk, 0), called.get(row.owner, "")

    def get_urls(self) -> list[Any]:
        find = path("find/", self.admin_site.admin_view(self.find_view), name="ledger_account_find")
        sums = path("trial-balance/", self.admin_site.admin_view(self.trial_balance_view), name="ledger_account_trial_balance")
        file = path(
            "trial-balance/export/",
            self.admin_site.admin_view(self.trial_balance_export_view),
            name="ledger_account_trial_balance_export",
        )
        return [find, sums, file, *super().get_urls()]

    def trial_balance_view(self, request: HttpRequest) -> HttpResponse:
        """Every book on one page."""
        from ledger.admin.trial_balance import trial_balance_page

        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied
        page = trial_balance_page(request)
        context = {**self.admin_site.each_context(request), "title": page.name, "page": page, "crumbs": [(page.name, "")]}
        return TemplateResponse(request, "back_office/page.html", context)

    def trial_balance_export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The same in one file, as lists are taken out."""
        from ledger.admin.trial_balance import trial_balance_file

        if not self.has_view_permission(request):
            raise PermissionDenied
        return trial_balance_file(request)

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """What the field that names an account offers."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return offers(request)

    @admin.display(description="Code")
    def code_shown(self, account: Account) -> str:
        return account.code

    @admin.display(description="Kind")
    def kind_shown(self, account: Account) -> str:
        return account.get_kind_display()

    @admin.display(description="Owner")
    def owner_shown(self, account: Any) -> SafeString:
        return link_to(account.owner, account.owner_called) if account.owner else shown.text("The school")

    @admin.display(description="State")
    def state_shown(self, account: Account) -> SafeString:
        return state_badge(account)

    @admin.display(description="Balance")
    def balance(self, account: Any) -> SafeString:
        return shown.amount(account.posted_minor, account.currency)

    def page(self, request: HttpRequest, obj: Account) -> Page:
        [counted] = Account.objects.filter(pk=obj.pk).with_balance()
        at = as_of(request)
        then = balance_as_of(obj.code, at.instant) if at.instant else None
        asks = Day("As of the end of", PARAMETER, at.value, "Show", at.said)
        lines = lines_table(obj, _before(request)) if at.instant is None else _lines_then(obj, _before(request), at)
        return Page(
            name=obj.code,
            heading=obj.code,
            state=state_badge(obj),
            top=[Figures([*_then(obj, at, then), *_figures(counted, "Balance" if then is None else "Balance now")]), asks],
            main=[*_warnings(obj), lines, *panels.about("accounts", request, [obj.code])],
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


def _lines_then(account: Account, before: UUID | None, at: AsOf) -> Table:
    """What had taken effect by then, with the balance after each."""
    found = statement(account.code, as_of=at.instant, limit=LINES, cursor=before)
    url = f"{page_url('ledger_account', account.code)}?{PARAMETER}={at.value}"
    links = [Link("Newest", url)] if before else []
    if found.next_cursor:
        links.append(Link("Older", f"{url}&before={public_id('transfer', found.next_cursor)}"))
    rows = [
        [
            shown.instant(line.effective_at),
            shown.link(page_url("ledger_transfer", public_id("transfer", line.transfer_id)), in_words(line.kind)),
            account_link(line.counterpart),
            shown.amount(abs(line.amount_minor) if account.sign * line.amount_minor > 0 else None, account.currency),
            shown.amount(abs(line.amount_minor) if account.sign * line.amount_minor < 0 else None, account.currency),
            shown.amount(line.balance_minor, account.currency),
        ]
        for line in found.lines
    ]
    columns = [Column("When"), Column("What"), Column("Other side"), *(Column(label, numeric=True) for label in _SIDES)]
    return Table(f"Movements until the end of {at.value}", columns, rows, "No money had moved through it by then.", more=links)


def _then(account: Account, at: AsOf, then: int | None) -> list[Figure]:
    if then is None:
        return []
    return [
        Figure(f"Balance at the end of {at.value}", shown.amount(then, account.currency), note=_SENSE[Account.Kind(account.kind)])
    ]


def _figures(counted: Any, label: str) -> list[Figure]:
    figures = [Figure(label, shown.amount(counted.posted_minor, counted.currency), note=_SENSE[counted.kind])]
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
        ("Owner", link_to_person(account.owner) if account.owner else _SCHOOL),
        ("Below zero", shown.text("Refused" if account.guarded else "Allowed")),
        ("Opened", shown.instant(account.created_at)),
    ]


def _before(request: HttpRequest) -> UUID | None:
    try:
        return parse_public_id("transfer", request.GET.get("before", ""))
    except MalformedId:
        return None


_SCHOOL = shown.text("The school")
has_page("account", "ledger_account")
