"""A student's statement on paper: by term, or between two days."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import urlencode

from core.admin import shown
from core.admin.addresses import page_url
from core.admin.blocks import Column, Link, Table
from core.admin.filters import day_in, midnight_of
from ledger.admin.accounts import in_words
from students.models import Student
from students.services.printed_statement import Statement, between, by_term, movements_of


def printed_statement(request: HttpRequest, student: Student) -> HttpResponse:
    """The page to print. A term wins over days; days that are none are left out, and said to be."""
    movements = movements_of(student)
    terms = by_term(movements)
    term, first, last = request.GET.get("term", ""), request.GET.get("from", ""), request.GET.get("until", "")
    since, until = _day(first), _day(last)
    if term in terms and term:
        statement, title = terms[term], f"Term {term}"
    else:
        end = midnight_of(until + timedelta(days=1)) if until else None
        statement, title = between(movements, midnight_of(since) if since else None, end), _title(since, until)
    context = {
        "student": student,
        "school_name": settings.SCHOOL_NAME,
        "title": title,
        "made_at": shown.instant(datetime.now(shown.school_zone())),
        "terms": [name for name in terms if name],
        "term": term if term in terms else "",
        "since": since.isoformat() if since else "",
        "until": until.isoformat() if until else "",
        "wrong": (bool(first) and since is None) or (bool(last) and until is None) or bool(term and term not in terms),
        "back": page_url("students_student", student.student_id),
        **_shown(statement),
    }
    return TemplateResponse(request, "students/statement.html", context)


def terms_table(student: Student) -> list[Table]:
    """What was charged, paid and, where there is any, given up in each term, with the statement to print.

    Nothing for a student without a term.
    """
    terms = by_term(movements_of(student))
    url = f"{page_url('students_student', student.student_id).removesuffix('change/')}statement/"
    currency = settings.SCHOOL_CURRENCY
    given_up = {"Written off or cancelled": "given_up"} if any(one.given_up_minor for one in terms.values()) else {}
    sums = {"Charged": "charged", "Paid": "paid", **given_up, "Owed at its end": "closing"}
    rows = [
        [
            shown.link(f"{url}?{urlencode({'term': term})}" if term else url, term or "Before the first term"),
            *(shown.amount(getattr(one, f"{name}_minor"), currency) for name in sums.values()),
        ]
        for term, one in terms.items()
    ]
    columns = [Column("Term"), *(Column(label, numeric=True) for label in sums)]
    return [Table("By term", columns, rows, "Nothing was charged yet.", more=[Link("Statement to print", url)])]


def _shown(statement: Statement) -> dict[str, object]:
    currency = settings.SCHOOL_CURRENCY
    lines = [
        (
            shown.text(f"{movement.effective_at.astimezone(shown.school_zone()):%Y-%m-%d}"),
            shown.text(movement.memo or in_words(movement.kind)),
            shown.amount(movement.debit_minor or None, currency),
            shown.amount(movement.credit_minor or None, currency),
            shown.amount(balance, currency),
        )
        for movement, balance in statement.lines
    ]
    sums: dict[str, object] = {
        name: shown.amount(getattr(statement, f"{name}_minor"), currency) for name in ("opening", "charged", "paid", "closing")
    }
    sums["given_up"] = shown.amount(statement.given_up_minor, currency) if statement.given_up_minor else ""
    return {"lines": lines, "in_credit": statement.closing_minor < 0, **sums}


def _day(text: str) -> date | None:
    day = day_in(text)
    return day if day and date(2000, 1, 1) <= day <= date(9998, 12, 31) else None


def _title(since: date | None, until: date | None) -> str:
    match since, until:
        case None, None:
            return "From the beginning until now"
        case None, _:
            return f"Until {until}"
        case _, None:
            return f"From {since} until now"
    return f"From {since} until {until}"
