"""Tables on a terminal; aligned plain text where the output is read by another program."""

from collections.abc import Sequence

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.table import Table


def print_table(out: OutputWrapper, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns whose name begins with `>` are aligned right."""
    if out.isatty():
        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in columns:
            table.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        Console().print(table)
        return
    names = [column.lstrip(">") for column in columns]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    for row in (names, *rows):
        cells = [
            cell.rjust(width) if column.startswith(">") else cell.ljust(width)
            for cell, width, column in zip(row, widths, columns, strict=True)
        ]
        out.write("  ".join(cells).rstrip())


def tell_of_more(err: OutputWrapper, shown: int) -> None:
    """Beside a table that `--limit` has cut: not in it, for programs read that; and in plain letters, for it is no error."""
    err.write(f"These are the newest {shown:,}; --limit shows more.", lambda told: told)
