"""The trial balance: every book on one page, on paper, and as a file."""

import csv
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from core.admin import shown
from core.admin.as_of import PARAMETER, AsOf, as_of
from core.admin.blocks import Block, Column, Day, Link, Note, Page, Table
from core.money import money, to_major
from ledger.models import Account
from ledger.services.trial_balance import Book, TrialBalance, trial_balances

_WORDS = {"student": "Students", "wallet": "Wallets", "merchant": "Merchants", "owed": "Owed to us"}


def trial_balance_page(request: HttpRequest) -> Page:
    """As of a day, or now."""
    at = as_of(request)
    found = trial_balances(at.instant)
    asked = {PARAMETER: at.value} if at.value else {}
    download = Link("Download CSV", f"{reverse('admin:ledger_account_trial_balance')}?{urlencode({**asked, 'format': 'csv'})}")
    blocks: list[Block] = [Day("As of the end of", PARAMETER, at.value, "Show", at.said, [download])]
    blocks += [block for one in found for block in _table(one, at)]
    if not found:
        blocks.append(Note("No account holds anything." if at.day else "No money has moved yet."))
    when = f"At the end of {at.day:%A}, {at.day.day} {at.day:%B %Y}" if at.day else f"As it is now, {_now():%Y-%m-%d %H:%M}"
    return Page(name="Trial balance", heading="Trial balance", lead=f"{settings.SCHOOL_NAME} · {when}", main=blocks)


def trial_balance_file(request: HttpRequest) -> HttpResponse:
    """The same, one line a book."""
    at = as_of(request)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="trial_balance_{at.value or f"{_now():%Y-%m-%d}"}.csv"'
    answer["Cache-Control"] = "no-store"
    csv.writer(answer).writerows(_lines(trial_balances(at.instant)))
    return answer


def _lines(found: list[TrialBalance]) -> Iterator[list[str]]:
    yield ["Currency", "Book", "Kind", "Accounts", "Debit", "Credit"]
    for one in found:
        for book in one.books:
            sides = [f"{to_major(minor, one.currency):f}" for minor in (book.debit_minor, book.credit_minor)]
            yield [one.currency, book.name, book.kind, str(book.accounts), *sides]


def _table(found: TrialBalance, at: AsOf) -> list[Block]:
    rows = [
        [
            _name(book, at),
            shown.text(Account.Kind(book.kind).label),
            shown.amount(book.debit_minor or None, book.currency),
            shown.amount(book.credit_minor or None, book.currency),
        ]
        for book in found.books
    ]
    columns = [Column("Book"), Column("Kind"), Column("Debit", numeric=True), Column("Credit", numeric=True)]
    difference = found.debit_minor - found.credit_minor
    total = [
        shown.text("Total"),
        shown.badge("Balanced", "good") if not difference else shown.badge(f"Off by {money(difference, found.currency)}", "bad"),
        shown.amount(found.debit_minor, found.currency),
        shown.amount(found.credit_minor, found.currency),
    ]
    wrong = Note(
        f"Debits and credits in {found.currency} differ. Run `manage.py ledger verify` and call whoever keeps Bursar.", "bad"
    )
    table = Table(found.currency, columns, rows, "", note=f"{len(rows)} books", total=total)
    return [wrong, table] if difference else [table]


def _name(book: Book, at: AsOf) -> SafeString:
    """An account leads to its page as of that day; the many of one kind to their list, which is as they are now."""
    if book.shared:
        label = f"{_WORDS.get(book.name, book.name)} ({book.accounts:,})"
        query = urlencode({"whose": book.name, "currency": book.currency})
        return shown.link(f"{reverse('admin:ledger_account_changelist')}?{query}", label)
    query = f"?{urlencode({PARAMETER: at.value})}" if at.value else ""
    return shown.link(reverse("admin:ledger_account_change", args=[book.name]) + query, book.name)


def _now() -> datetime:
    return datetime.now(shown.school_zone())
