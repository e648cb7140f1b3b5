import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from students.errors import UnreadableFile
from students.services import table
from students.services.table import RowError, bounded_bytes, read_table, refusal


def read(data, **columns):
    return read_table(data, **{"required": ("id", "name"), "optional": ("note",)} | columns)


def cells(data):
    return [row.cells for row in read(data).rows]


def test_rows_come_with_the_line_they_begin_on():
    rows = read(b'id,name,note\n1,Joan,\n\n,,\n2,"Zuria",late\n').rows

    assert [(row.line, row.cells) for row in rows] == [
        (2, {"id": "1", "name": "Joan", "note": ""}),
        (5, {"id": "2", "name": "Zuria", "note": "late"}),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"id,name\n1,Joan\n",
        b"id,name\r\n1,Joan\r\n",
        b"id,name\r1,Joan\r",
        b"id,name\n1,Joan",
        b"\xef\xbb\xbfid,name\n1,Joan\n",
        b'"id","name"\n"1","Joan"\n',
        b" ID , Name \n 1 , Joan \n",
        b"name,id\nJoan,1\n",
    ],
)
def test_however_a_spreadsheet_saves_it_the_table_is_the_same(data):
    assert cells(data) == [{"id": "1", "name": "Joan", "note": ""}]


def test_quotes_hold_commas_and_quotes():
    assert cells(b'id,name\n1,"Zuria, ""Joan"""\n')[0]["name"] == 'Zuria, "Joan"'


def test_other_alphabets_are_read():
    assert cells("id,name\n1,Żuria Ñandú 中\n".encode())[0]["name"] == "Żuria Ñandú 中"


def test_the_digest_names_the_files_content():
    data = b"id,name\n1,Joan\n"
    assert read(data).digest == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"id,name\n", "no rows"),
        (b"id,name\n\n,\n", "no rows"),
        (b"id\n1\n", "missing: name"),
        (b"id,name,colour\n1,2,3\n", "unknown: colour"),
        (b"id,name,\n1,2,3\n", "unknown"),
        (b"id,name,id\n1,2,3\n", "twice: id"),
        (b"1,Joan\n2,John\n", "missing: id, name"),
        (b"id;name\n1;Joan\n", "separated by commas"),
        (b"id\tname\n1\tJoan\n", "separated by commas"),
        (b"id,name\n1,J\xf6rg\n", "Line 2 is not UTF-8"),
        ("id,name\n1,Joan\n".encode("utf-16"), "UTF-16"),
        (b"id,name\n1,Jo\x00an\n", "NUL"),
        (b'id,name\n1,Joan\n2,"John\n', "Line 3"),
        (b'id,name\n1,"Jo"an\n', "Line 2"),
        (b"PK\x03\x04" + b"\xff" * 100, "UTF-8"),
        (b"id,name\n1," + b"x" * 140_000 + b"\n", "Line 2"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused_with_its_reason(data, told):
    with pytest.raises(UnreadableFile, match=told):
        read(data)


@pytest.mark.parametrize("cell", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1+1", '" =HYPERLINK(""http://x"")"'])
def test_a_cell_that_a_spreadsheet_would_run_is_refused(cell):
    got = read(f"id,name\n1,Joan\n2,{cell}\n".encode())

    assert [row.line for row in got.rows] == [2]
    assert [(error.line, error.column) for error in got.errors] == [(3, "name")]
    assert "formula" in got.errors[0].message


def test_a_sign_is_no_formula_where_signs_belong():
    assert read(b"id,name\n+254712345678,Joan\n", signed=("id",)).errors == []


@pytest.mark.parametrize("cell", ['"two\nlines"', "bell\x07", "zero\u200bwidth", "right\u202eto left"])
def test_control_characters_are_refused_and_named_by_line_and_column(cell):
    errors = read(f"id,name\n1,{cell}\n".encode()).errors

    assert errors == [RowError(2, "name", "Line breaks and control characters are not allowed.")]


def test_a_row_with_too_many_or_too_few_cells_is_an_error_of_the_row():
    assert read(b"id,name\n1\n1,2,3\n1,2\n").errors == [
        RowError(2, "", "1 cells under 2 columns."),
        RowError(3, "", "3 cells under 2 columns."),
    ]


def test_a_file_is_bounded_in_bytes_and_rows(monkeypatch, tmp_path):
    monkeypatch.setattr(table, "MAX_ROWS", 3)
    assert len(read(b"id,name\n" + b"1,Joan\n" * 3).rows) == 3
    with pytest.raises(UnreadableFile, match="more than 3 rows"):
        read(b"id,name\n" + b"1,Joan\n" * 4)

    monkeypatch.setattr(table, "MAX_BYTES", 100)
    (tmp_path / "large.csv").write_bytes(b"x" * 1000)
    assert len(bounded_bytes(tmp_path / "large.csv")) == 101
    with pytest.raises(UnreadableFile, match="larger"):
        read(bounded_bytes(tmp_path / "large.csv"))


def test_a_file_that_is_not_there_is_told_in_words(tmp_path):
    with pytest.raises(UnreadableFile, match="No such file"):
        bounded_bytes(tmp_path / "none.csv")


def test_a_refusal_names_each_cell_and_only_so_many():
    refused = refusal([RowError(line, "name", "Wrong.") for line in range(2, 1002)])

    assert refused.status == 422
    assert "1000 cells or rows" in refused.detail
    assert len(refused.fields) == 50
    assert refused.fields["line 2, name"] == ["Wrong."]


table_like = st.text(alphabet='id,name\n\r"=\t1 ;', max_size=60).map(lambda text: b"id,name\n" + text.encode())


@given(st.binary(max_size=200) | table_like)
@example(b'id,name\n"')
def test_whatever_the_bytes_are_they_are_a_table_or_a_refusal(data):
    try:
        got = read(data)
    except UnreadableFile:
        return
    lines = data.count(b"\n") + data.count(b"\r") + 1
    assert all(2 <= line <= lines for line, *_ in [*got.rows, *got.errors])
    assert all(cell == cell.strip() and cell.isprintable() for row in got.rows for cell in row.cells.values())
