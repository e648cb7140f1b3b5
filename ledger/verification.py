"""What is proved of the books. The ledger brings its own checks; apps above register theirs in `ready()`."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.db import connection
from django.db.models import Model

from core.sql import query

Fault = tuple[str, str]
"""What is wrong: its subject (a code, a reference, a table), and the lie in plain words."""
Check = Callable[[], Iterable[Fault]]


class Finding(NamedTuple):
    """One lie that a check found."""

    check: str
    subject: str
    detail: str


_checks: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    """Add a check, or put another in its place. `name` says what is true when the check finds nothing."""
    _checks[name] = check


def checks() -> dict[str, Check]:
    """Every check by its name, in the order of registration."""
    return dict(_checks)


def by_query(app: str, name: str) -> Check:
    """A check that is a named query of (subject, detail) rows, one a lie. The query brings its own LIMIT."""

    def check() -> list[Fault]:
        with connection.cursor() as cursor:
            cursor.execute(query(app, name))
            faults: list[Fault] = cursor.fetchall()
        return faults

    return check


def by_constraints(*models: type[Model], more: Iterable[tuple[str, str]] = ()) -> Check:
    """A check that every constraint these models declare stands and holds for all rows, and `more` as (table, name)."""
    wanted = [(model._meta.db_table, constraint.name) for model in models for constraint in model._meta.constraints]
    wanted += more

    def check() -> list[Fault]:
        with connection.cursor() as cursor:
            cursor.execute(query("ledger", "verify/constraints"), [[table for table, _ in wanted], [name for _, name in wanted]])
            faults: list[Fault] = cursor.fetchall()
        return faults

    return check
