"""A table as a CSV file, and back."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

FILL_IN = "fill_in"
"""The column of a list of work that names the cells to be filled in; it and what stands right of it are for reading."""

FORMULA = re.compile(r"\s*[=+@\-\t\r]")
QUOTED = re.compile(r"'+\s*[=+@\-\t\r]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def csv_table(columns: Sequence[str], rows: Iterable[Mapping]) -> bytes:
    """UTF-8, comma-separated, one header line; keys of a row that are no column are left out.

    A text that a spreadsheet would take for a formula gets an apostrophe before it, which spreadsheets do not show.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: _inert(value) for column, value in row.items()} for row in rows)
    return text.getvalue().encode()


def read_csv(source: Path | bytes) -> list[dict[str, str]]:
    """The rows of a table written by ``csv_table``, texts as they were."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    rows = list(csv.DictReader(io.StringIO(data.decode().replace("\r\n", "\n"), newline="")))
    return [{column: shown(cell) for column, cell in row.items()} for row in rows]


def shown(cell: str) -> str:
    """The text of a cell as a spreadsheet shows it: without the apostrophe that keeps it from being a formula."""
    return cell[1:] if QUOTED.match(cell) else cell


def _inert(value: object) -> object:
    """A text that begins with apostrophes of its own gets one more, so that it is read again as it was."""
    if not isinstance(value, str) or NUMBER.fullmatch(value):
        return value
    return f"'{value}" if FORMULA.match(value) or QUOTED.match(value) else value
