"""One altered part of a file is told apart from all others. The files are synthetic."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.csv_table import csv_table
from perennial.provenance.parts import Place, parts, places

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=["Cs"]), max_size=5)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)


@given(TABLES, st.data())
def test_an_altered_cell_is_named_by_row_and_column(rows, data):
    columns = [f"column{index}" for index in range(len(rows[0]))]
    row, column = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(0, len(columns) - 1))
    before = table(columns, rows)
    rows[row][column] += "9"
    found = places("x.csv", table(columns, rows), parts("x.csv", before))
    assert [(each.row, each.columns) for each in found] == [(row + 2, (columns[column],))]


def table(columns: list[str], rows: list[list[str]]) -> bytes:
    return csv_table(columns, [dict(zip(columns, row, strict=True)) for row in rows])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside, max_size=3),
    max_leaves=10,
)


@given(VALUES, VALUES, st.integers(0, 1))
def test_an_altered_value_is_named_by_its_pointer(one, other, number):
    document = {"a/b": one, "c": [other, number]}
    altered = {"a/b": one, "c": [other, 1 - number]}
    told = parts("x.json", json.dumps(document).encode())
    assert places("x.json", json.dumps(document, indent=3).encode(), told) == []
    assert places("x.json", json.dumps(altered).encode(), told) == [Place(pointer="/c/1", now=str(1 - number))]


def test_lines_and_what_was_taken_away():
    told = parts("x.md", b"one\ntwo\nthree\n")
    assert places("x.md", b"one\r\ntwo\r\nthree\r\n", told) == []
    assert [each.line for each in places("x.md", b"one\n2\nthree\n", told)] == [2]
    assert [each.line for each in places("x.md", b"one\nthree\n", told)] == [2]


@pytest.mark.parametrize(("name", "data"), [("x.csv", b"\xff"), ("x.json", b"{"), ("x.png", b"\x89PNG")])
def test_what_cannot_be_read_is_nowhere_in_particular(name, data):
    assert places(name, data, {"rows": "1", "columns": "1"}) == []
