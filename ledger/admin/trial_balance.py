"""The trial balance: every book on one page, on paper, and as a file."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from core.admin import shown
from core.admin.as_of import PARAMETER, AsOf, as_of
from core.admin.blocks import Block, Column, Day, Note, Page, Table
from core.admin.exporting import MARK, PERMISSION, Cell, Leaving, export, written
from core.money import money, to_major
from ledger.admin.accounts import Whose
from ledger.models import Account
from ledger.services.trial_balance import Book, TrialBalance, trial_balances

_WORDS = dict(Whose.options)


def trial_balance_page(request: HttpRequest) -> Page:
    """As of a day, or now."""
    at = as_of(request)
    found = trial_balances(at.instant)
    asked = f"?{urlencode({PARAMETER: at.value})}" if at.value else ""
    file = f"{reverse('admin:ledger_account_trial_balance_export')}{asked}" if request.user.has_perm(PERMISSION) else ""
    blocks: list[Block] = [Day("As of the end of", PARAMETER, at.value, "Show", at.said, export_url=file)]
    blocks += [block for one in found for block in _table(one, at)]
    if not found:
        blocks.append(Note("No account holds anything." if at.day else "No money has moved yet."))
    when = f"At the end of {at.day:%A}, {at.day.day} {at.day:%B %Y}" if at.day else f"As it is now, {_now():%Y-%m-%d %H:%M}"
    return Page(name="Trial balance", heading="Trial balance", lead=f"{settings.SCHOOL_NAME} · {when}", main=blocks)


def trial_balance_file(request: HttpRequest) -> HttpResponseBase:
    """The same, one line a book."""
    at = as_of(request)

    def gather() -> Leaving:
        head: list[Cell] = ["Currency", "Book", "Kind", "Accounts", "Debit", "Credit"]
        asked = {PARAMETER: at.value} if at.value else {}
        return Leaving(asked, iter([MARK + written([head, *_lines(trial_balances(at.instant))])]))

    back = reverse("admin:ledger_account_trial_balance")
    name = f"trial_balance_{at.value or f'{_now():%Y-%m-%d}'}.csv"
    return export(request, gather, of="page:trial_balance", filename=name, back=back)


def _lines(found: list[TrialBalance]) -> Iterator[list[Cell]]:
    for one in found:
        for book in one.books:
            sides = [to_major(minor, one.currency) for minor in (book.debit_minor, book.credit_minor)]
            yield [one.currency, book.name, book.kind, book.accounts, *sides]


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
