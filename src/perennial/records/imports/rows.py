"""The rows of a table: of text with commas, semicolons or tabs, and of a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from zipfile import ZipFile

import openpyxl

LARGEST_CELL = 10_000_000
MOST_LINES = 5_000
"""Of one row; beyond it a quotation mark has no partner."""
LARGEST_SHEET = 500_000_000
"""Bytes of a spreadsheet when unpacked."""


@dataclass(frozen=True)
class Row:
    line: int
    text: str
    cells: list[str]
    fault: str = ""


def text_rows(text: str, sign: str, first_line: int = 1) -> Iterator[Row]:
    """Each row by itself, so that a stray quotation mark costs only the row it stands in."""
    csv.field_size_limit(LARGEST_CELL)
    lines = text.split("\n")
    start = 0
    while start < len(lines):
        if lines[start].strip():
            row = _row(lines, start, sign)
            yield replace(row, line=first_line + start)
            start += row.text.count("\n") + 1
        else:
            start += 1


def _row(lines: list[str], start: int, sign: str) -> Row:
    """A row goes on over lines until its quotation marks are complete; where they never are, it is its first line."""
    own = lines[start]
    cells, complete = _cells(own, sign)
    for stop in range(start + 1, min(start + MOST_LINES, len(lines))):
        if cells or complete:
            break
        if lines[stop].count('"') % 2:
            own = "\n".join(lines[start : stop + 1])
            cells, complete = _cells(own, sign)
    if cells:
        return Row(start, own, cells)
    if complete:
        return Row(start, lines[start], next(csv.reader([lines[start]], delimiter=sign)))
    return Row(start, lines[start], [], "a quotation mark without its partner")


def _cells(own: str, sign: str) -> tuple[list[str], bool]:
    """The cells of a row, and whether its text can end here."""
    try:
        rows = list(csv.reader(io.StringIO(own, newline=""), delimiter=sign, strict=True))
    except csv.Error as error:
        return [], "end of data" not in str(error)
    return (rows[0], True) if len(rows) == 1 else ([], True)


def sheet_rows(data: bytes) -> Iterator[tuple[str, Iterator[Row]]]:
    """The sheets of a spreadsheet by name. Raises ValueError for one that unpacks to an absurd size."""
    with ZipFile(io.BytesIO(data)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > LARGEST_SHEET:
        raise ValueError(f"unpacks to {size:,} bytes")
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for sheet in book.worksheets:
        yield sheet.title, _sheet(sheet)


def _sheet(sheet) -> Iterator[Row]:
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        cells = [_text(value) for value in values]
        if any(cells):
            yield Row(number, "\t".join(cells), cells)


def _text(value: object) -> str:
    """A cell as a person reads it: 2020 and not 2020.0, a date without its midnight."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
