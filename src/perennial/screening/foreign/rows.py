"""The rows of a table that has a column for decisions: text with any separator, or a spreadsheet."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from perennial.csv_table import shown
from perennial.records.imports.rows import Row, sheet_rows, text_rows

SIGNS = (",", ";", "\t", "|")
SEARCHED = 20
"""Rows among which the header is looked for."""


@dataclass(frozen=True)
class Rows:
    header: list[str]
    body: list[Row]
    notes: list[str]


def rows_of_text(text: str, column: str) -> Rows | None:
    """None where no line is a header with such a column."""
    for line in text.split("\n", SEARCHED)[:SEARCHED]:
        for sign in SIGNS:
            if column in _names(next(csv.reader([line], delimiter=sign), [])):
                return _below_header(list(text_rows(text, sign)), column)
    return None


def rows_of_spreadsheet(data: bytes, column: str) -> Rows | None:
    """Of the first sheet that has such a column."""
    chosen, passed = None, []
    for title, sheet in sheet_rows(data):
        rows = list(sheet)
        if chosen is None and any(column in _names(row.cells) for row in rows[:SEARCHED]):
            chosen = _below_header(rows, column)
        elif rows:
            passed.append(f"the sheet {title!r} was passed over ({len(rows)} rows)")
    return Rows(chosen.header, chosen.body, chosen.notes + passed) if chosen else None


def _below_header(rows: list[Row], column: str) -> Rows:
    place = next(place for place, row in enumerate(rows) if column in _names(row.cells))
    notes = [f"{place} rows before the header were passed over"] if place else []
    body = [row for row in rows[place + 1 :] if row.fault or any(cell.strip() for cell in row.cells)]
    return Rows(_names(rows[place].cells), body, notes)


def _names(cells: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in cells]


def cells_of(row: Row, width: int) -> tuple[list[str], str]:
    """The cells as a spreadsheet shows them, or why there are none; empty ones at the end may be too many or lack."""
    cells = [shown(cell) for cell in row.cells]
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if row.fault or len(cells) > width:
        return [], row.fault or f"the row has {len(cells)} cells, the header {width}"
    return cells + [""] * (width - len(cells)), ""
