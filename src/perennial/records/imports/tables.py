"""Tables of records: a row for each below a header, or (Embase, fields by row) a row for each field."""

import ast
import csv
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from perennial.records.imports.columns import LISTS, PLACES, column_key, database_of, places_of
from perennial.records.imports.names import listed
from perennial.records.imports.pieces import Cut, Field, Piece
from perennial.records.imports.rows import Row, sheet_rows, text_rows
from perennial.records.text import one_line

SIGNS = (",", ";", "\t", "|")
SEARCHED = 20
"""Rows among which a header is looked for."""
BEGINNING = 100_000
"""Characters that these take up at most."""


def header_of(text: str) -> tuple[str, int]:
    """The sign between the columns of a table of records, and where its header begins; empty where there is none.

    After other lines one known column is not enough: a word of a text can be called as a column is.
    """
    if _by_fields(text):
        return ",", 0
    begins, before = 0, False
    for line in text.split("\n", SEARCHED)[:SEARCHED]:
        for sign in SIGNS:
            if len(set(places_of(_cells(line, sign))) - {""}) > before:
                return sign, begins
        begins += len(line) + 1
        before = before or bool(line.strip())
    return "", 0


def _cells(line: str, sign: str) -> list[str]:
    return next(csv.reader([line], delimiter=sign), [])


def _by_fields(text: str) -> bool:
    """Whether the first rows are fields of one record, with their names in the first column."""
    rows = islice(text_rows(text[:BEGINNING], ","), SEARCHED)
    names = [column_key(row.cells[0]) for row in rows if len(row.cells) > 1]
    return bool(names) and names[0] == "title" and len({PLACES[name] for name in names if name in PLACES}) > 2


def cut_table(text: str) -> Cut:
    if _by_fields(text):
        return _cut_by_fields(list(text_rows(text, ",")))
    sign, begins = header_of(text)
    before, body = text[:begins], text[begins:]
    header, _, body = body.partition("\n")
    return _cut_rows(before.split("\n"), _cells(header, sign), list(text_rows(body, sign, before.count("\n") + 2)))


def cut_spreadsheet(data: bytes) -> Cut:
    """The first sheet that holds records; the notes name the others. Raises ValueError where none does."""
    whole, notes = None, []
    for title, sheet in sheet_rows(data):
        rows = list(sheet)
        header = next((place for place, row in enumerate(rows[:SEARCHED]) if any(places_of(row.cells))), None)
        if whole is None and header is not None:
            whole = _cut_rows([row.text for row in rows[:header]], rows[header].cells, rows[header + 1 :])
        elif rows:
            notes.append(f"the sheet {title!r} was passed over ({len(rows)} rows)")
    if whole is None:
        raise ValueError("holds no sheet with a column for titles, abstracts, DOIs or PMIDs")
    return Cut(whole.pieces, whole.notes + notes)


def _cut_rows(before: list[str], header: list[str], body: list[Row]) -> Cut:
    before = [one_line(line) for line in before if line.strip()]
    notes = [f"{len(before)} rows before the header were passed over (the first: {before[0]!r})"] if before else []
    columns = list(zip(header, places_of(header), strict=True))
    told = _whole([row for row in body if row.fault or any(cell.strip() for cell in row.cells)], len(columns))
    return Cut([_piece(row, columns, database_of(header)) for row in told], notes)


def _whole(rows: list[Row], width: int) -> list[Row]:
    """Lines too short to be rows that follow one which does not end are the rest of it."""
    whole: list[Row] = []
    for row in rows:
        if whole and whole[-1].fault and not row.fault and len(row.cells) < width:
            whole[-1] = replace(whole[-1], text=f"{whole[-1].text}\n{row.text}")
        else:
            whole.append(row)
    return whole


def _piece(row: Row, columns: list[tuple[str, str]], database: str) -> Piece:
    cells = row.cells
    while len(cells) > len(columns) and not cells[-1].strip():
        cells = cells[:-1]
    fault = row.fault
    if not fault and len(cells) != len(columns):
        fault = f"the row has {len(cells)} cells, the header {len(columns)}"
    if fault:
        return Piece(row.line, row.text, fault=fault)
    fields = [field for (tag, place), cell in zip(columns, cells, strict=True) for field in _fields(tag, place, [cell])]
    return Piece(row.line, row.text, fields, database=database)


def _fields(tag: str, place: str, cells: list[str]) -> Iterator[Field]:
    tag = tag.strip()
    if len(cells) == 1 and place in LISTS:
        cells = _printed_list(cells[0])
    if place in ("author", "author_full"):
        for name in cells if len(cells) > 1 else listed(cells[0]):
            yield Field(tag, place, name)
    else:
        yield Field(tag, place, (";" if place in LISTS else " ").join(cells))


def _printed_list(cell: str) -> list[str]:
    """The entries of a list that a program saved as Python prints it: ['a', 'b']."""
    if not cell.startswith("['"):
        return [cell]
    try:
        return [str(entry) for entry in ast.literal_eval(cell)]
    except (ValueError, SyntaxError):
        return [cell]


def _cut_by_fields(rows: list[Row]) -> Cut:
    groups: list[list[Row]] = []
    for row in rows:
        if not groups or column_key(row.cells[0] if row.cells else "") == "title":
            groups.append([])
        groups[-1].append(row)
    pieces = []
    for group in groups:
        text = "\n".join(row.text for row in group)
        fields = [
            field
            for row in group
            if len(row.cells) > 1
            for field in _fields(row.cells[0], PLACES.get(column_key(row.cells[0]), ""), row.cells[1:])
        ]
        fault = next((row.fault for row in group if row.fault), "")
        pieces.append(Piece(group[0].line, text, fields, fault, database="Embase"))
    return Cut(pieces, [])
