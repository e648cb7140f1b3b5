"""What an act would book, line by line, with what each account holds before it and after."""

from collections.abc import Collection

from django.http import HttpRequest

from access.approvals import Line, Preview
from core.admin import names, panels, shown
from core.admin.blocks import Block, Column, Table
from ledger import chart
from ledger.admin.accounts import account_link
from ledger.models import Account

_COLUMNS = ("Debit", "Credit", "Balance before", "Balance after")


def would_book(request: HttpRequest, preview: Preview) -> list[Block]:
    """The preview's lines as a journal; nothing for an act that books nothing."""
    if not preview.lines:
        return []
    return [journal("What would be booked", preview.lines)]


def journal(title: str, lines: Collection[Line]) -> Table:
    """Any number of lines; an account of several lines is shown as it stands after all of them."""
    codes = {line.account for line in lines}
    accounts = {account.code: account for account in Account.objects.filter(code__in=codes).with_balance()}
    called = names.names_of({account.owner for account in accounts.values() if account.owner})
    rows = []
    for line in lines:
        account, currency = accounts.get(line.account), line.currency
        before = account.posted_minor if account else 0
        after = before + _sign(line.account, account) * sum(_net(other) for other in lines if other.account == line.account)
        label = shown.code(line.account) if account is None else account_link(line.account)
        owner = called.get(account.owner, "") if account else ""
        rows.append(
            [
                shown.named(label, owner),
                shown.amount(line.debit_minor or None, currency),
                shown.amount(line.credit_minor or None, currency),
                shown.amount(before, currency),
                shown.amount(after, currency),
            ]
        )
    return Table(title, [Column("Account"), *(Column(label, numeric=True) for label in _COLUMNS)], rows, "Nothing.")


def _net(line: Line) -> int:
    return line.debit_minor - line.credit_minor


def _sign(code: str, account: Account | None) -> int:
    if account is not None:
        return account.sign
    return 1 if chart.plan(code).kind in Account.DEBIT_NORMAL else -1


panels.add("preview", would_book)
