"""A CSV file that staff uploaded, read with suspicion: bounded, strict, and telling exactly which cell is wrong."""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from students.errors import ImportRefused, UnreadableFile

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 10_000
_RUN_BY_SPREADSHEETS = "=+-@"
_TOLD = 50


class RowError(NamedTuple):
    """What is wrong in the row that begins on `line` of the file; `column` is "" when it is the row as a whole."""

    line: int
    column: str
    message: str


class Row(NamedTuple):
    """A row's cells without the spaces around them, by column; a column that the file has not is ""."""

    line: int
    cells: dict[str, str]


class Table(NamedTuple):
    """The rows that can be read, what is wrong with the others, and the SHA-256 of the file in hex."""

    digest: str
    rows: list[Row]
    errors: list[RowError]


def bounded_bytes(file: Path) -> bytes:
    """The file's bytes, or so many of them that `read_table` refuses it as too large. Raises UnreadableFile."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as unreadable:
        raise UnreadableFile(f"{file} cannot be read: {unreadable.strerror}.") from unreadable


def read_table(data: bytes, *, required: Sequence[str], optional: Sequence[str], signed: Sequence[str] = ()) -> Table:
    """Comma-separated UTF-8 (with or without BOM) under a header row, at most MAX_BYTES and MAX_ROWS; blank lines are skipped.

    A cell that a spreadsheet would run as a formula is an error, except for a sign in a `signed` column. Raises UnreadableFile
    when the file as a whole is wrong: too large, another encoding, no rows, columns missing, unknown or twice.
    """
    lines = _lines(_text(data))
    _, names = next(lines, (1, []))
    header = _header(names, required, optional)
    table = Table(hashlib.sha256(data).hexdigest(), [], [])
    for number, (line, cells) in enumerate(lines, start=1):
        if number > MAX_ROWS:
            raise UnreadableFile(f"The file has more than {MAX_ROWS} rows.")
        wrong = list(_wrong_in(line, header, cells, signed))
        table.errors.extend(wrong)
        if not wrong:
            table.rows.append(Row(line, dict.fromkeys(optional, "") | dict(zip(header, cells, strict=True))))
    if not table.rows and not table.errors:
        raise UnreadableFile("The file has no rows.")
    return table


def refusal(errors: Sequence[RowError]) -> ImportRefused:
    """All that is wrong with a file's rows as one error, told by line and column; of very many, the first."""
    fields: dict[str, list[str]] = {}
    for line, column, message in errors[:_TOLD]:
        fields.setdefault(f"line {line}" + (f", {column}" if column else ""), []).append(message)
    return ImportRefused(f"Not right: {len(errors)} cells or rows, so nothing was taken.", fields=fields)


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise UnreadableFile(f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB.")
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise UnreadableFile("The file is UTF-16: save it as CSV in UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as undecodable:
        line = data.count(b"\n", 0, undecodable.start) + 1
        raise UnreadableFile(f"Line {line} is not UTF-8: save the file as CSV in UTF-8.") from undecodable
    if "\0" in text:
        raise UnreadableFile("The file holds NUL characters: it is no CSV file.")
    return text


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line it begins on: a quoted cell may span several."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as unreadable:
            raise UnreadableFile(f"Line {begins}: {unreadable}.") from unreadable
        if cells is None:
            return
        cells = [cell.strip() for cell in cells]
        if any(cells):
            yield begins, cells


def _header(cells: list[str], required: Sequence[str], optional: Sequence[str]) -> list[str]:
    names = [cell.lower() for cell in cells]
    if not names:
        raise UnreadableFile("The file is empty.")
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        raise UnreadableFile("The columns must be separated by commas.")
    known = [*required, *optional]
    faults = {
        "missing": [name for name in required if name not in names],
        "unknown": [name[:40] for name in names if name not in known],
        "twice": [name for name in known if names.count(name) > 1],
    }
    told = "; ".join(f"{fault}: {', '.join(columns) or '(blank)'}" for fault, columns in faults.items() if columns)
    if told:
        raise UnreadableFile(f"The header is not right ({told}). The columns are {', '.join(known)}.")
    return names


def _wrong_in(line: int, header: list[str], cells: list[str], signed: Sequence[str]) -> Iterator[RowError]:
    if len(cells) != len(header):
        yield RowError(line, "", f"{len(cells)} cells under {len(header)} columns.")
        return
    for column, cell in zip(header, cells, strict=True):
        if not cell.isprintable():
            yield RowError(line, column, "Line breaks and control characters are not allowed.")
        elif cell[:1] and cell[0] in _RUN_BY_SPREADSHEETS and column not in signed:
            yield RowError(line, column, f"A cell may not begin with {cell[0]}: a spreadsheet would run it as a formula.")
