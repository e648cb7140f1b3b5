"""Named queries in `<app>/sql/*.sql`, and the cheap way to hand a set of rows to one of them.

A file holds one statement. Its columns arrive as array literals, one parameter a column, and are spread with
`unnest(...)`: building the literal by hand costs a tenth of adapting a Python list element by element.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from django.db import connection


class Result(NamedTuple):
    """What a named query did: the rows it touched, and those it returned."""

    rowcount: int
    rows: list[tuple[Any, ...]]


@cache
def query(app: str, name: str) -> str:
    """The text of `<app>/sql/<name>.sql`."""
    root = import_module(app).__file__
    if root is None:
        raise ValueError(f"{app} is not a package with files")
    return (Path(root).parent / "sql" / f"{name}.sql").read_text()


def run(app: str, name: str, parameters: Sequence[Any] | Mapping[str, Any]) -> Result:
    """Execute a named query on Django's connection. Raises Django's database errors.

    Where queries are being captured they go through Django's own cursor, to be seen there.
    """
    if connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as seen:
            seen.execute(query(app, name), parameters or None)
            return Result(seen.rowcount, seen.fetchall() if seen.description else [])
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(query(app, name).encode(), parameters or None, prepare=True)
        return Result(cursor.rowcount, cursor.fetchall() if cursor.description else [])


@contextmanager
def preparing() -> Iterator[None]:
    """In here the named queries are prepared: their texts are parsed, and soon planned, once for the connection.

    For statements that come batch after batch and reach their rows by key. Elsewhere Django forbids it, and rightly so: a plan
    for any account is a poor one for the account at hand.
    """
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold = sys.maxsize  # nothing because it comes often, only what asks for it
    try:
        yield
    finally:
        raw.prepare_threshold = None


Send = Callable[[str, str, Sequence[Any]], object]
"""Takes what `run` takes; what it returns means nothing."""


@contextmanager
def sending() -> Iterator[Send]:
    """For statements whose answers nobody needs: sent without waiting, PostgreSQL works on one while Python spells the next.

    What one of them raises is raised when the block ends, as Django's error.
    """
    if connection.queries_logged or connection.execute_wrappers:
        yield run
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline(), psycopg.Cursor(connection.connection) as cursor:
        yield lambda app, name, parameters: cursor.execute(query(app, name).encode(), parameters, prepare=True)


def plain_array(values: Iterable[Any]) -> str:
    """A PostgreSQL array literal of values that need no quoting: numbers, UUIDs, booleans; None is NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def text_array(values: Iterable[str | None]) -> str:
    """A PostgreSQL array literal of any texts; None is NULL. PostgreSQL holds no NUL character: refuse it before."""
    texts = list(values)
    try:
        joined = _MARK.join(texts)  # type: ignore[arg-type] # None among them raises TypeError, and is dealt with below
    except TypeError:
        return "{" + ",".join(["NULL" if text is None else _quoted(text) for text in texts]) + "}"
    # Escaping text by text costs five times as much, and hardly any text of ours needs it.
    if '"' in joined or "\\" in joined or joined.count(_MARK) != max(len(texts) - 1, 0):
        return "{" + ",".join([_quoted(text) for text in texts if text is not None]) + "}"
    return '{"' + joined.replace(_MARK, '","') + '"}' if texts else "{}"


def instant_array(values: Iterable[datetime | None]) -> str:
    """A PostgreSQL array literal of instants; None is NULL. Most of a batch share one, so each is spelled once."""
    spelled: dict[datetime | None, str] = {None: "NULL"}
    return "{" + ",".join([spelled.get(value) or spelled.setdefault(value, _instant(value)) for value in values]) + "}"


def bytes_array(values: Iterable[bytes]) -> str:
    """A PostgreSQL bytea[] literal, in hex."""
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


_MARK = "\x1f"


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _instant(value: datetime | None) -> str:
    return "NULL" if value is None else f'"{value.isoformat()}"'
