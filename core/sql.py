"""Named queries in `<app>/sql/*.sql`, and the cheap way to hand a set of rows to one of them.

A file holds one statement. Its columns arrive as array literals, one parameter a column, and are spread with
`unnest(...)`: building the literal by hand costs a tenth of adapting a Python list element by element.
"""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any


@cache
def query(app: str, name: str) -> str:
    """The text of `<app>/sql/<name>.sql`."""
    root = import_module(app).__file__
    if root is None:
        raise ValueError(f"{app} is not a package with files")
    return (Path(root).parent / "sql" / f"{name}.sql").read_text()


def plain_array(values: Iterable[Any]) -> str:
    """A PostgreSQL array literal of values that need no quoting: numbers, UUIDs, booleans; None is NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def text_array(values: Iterable[str | None]) -> str:
    """A PostgreSQL array literal of any texts; None is NULL. PostgreSQL holds no NUL character: refuse it before."""
    return "{" + ",".join(["NULL" if value is None else _quoted(value) for value in values]) + "}"


def bytes_array(values: Iterable[bytes]) -> str:
    """A PostgreSQL bytea[] literal, in hex."""
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
