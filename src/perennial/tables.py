"""Reading one table: comma-separated UTF-8, checked cell by cell against its JSON Schema."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from perennial.csv_table import FILL_IN, shown
from perennial.dates import first_day, full_day
from perennial.problems import Problem

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

FORMATS = {"partial-date": first_day, "full-date": full_day}
"""Formats of cells, and the functions that raise ValueError for what is none."""

NUMBER = {"integer": (re.compile(r"[+-]?\d+"), int), "number": (re.compile(r"[+-]?\d+(\.\d+)?"), float)}


class Row(dict):
    """The cells of a row that are not empty, by column; `line` is the row's number in a spreadsheet of `file`."""

    file: str
    line: int


@dataclass(frozen=True)
class Table:
    file: str
    columns: tuple[str, ...]
    rows: list[Row]
    problems: list[Problem]

    @property
    def readable(self) -> bool:
        return not any(problem.stops for problem in self.problems)


def load_schema(path: Path) -> dict:
    return yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def read_table(path: Path, file: str, schema: dict) -> Table:
    """Read `path`, called `file` in messages; whatever is wrong becomes a Problem, nothing is dropped silently."""
    return _read(path, file, schema, handed_back=False)


def with_lists(table: Table, lists: Iterable[tuple[Path, str]], schema: dict) -> Table:
    """`table` with the rows of lists of work that were filled in and handed back; a row left as it was waits still."""
    parts = [_read(path, file, schema, handed_back=True) for path, file in lists]
    if not parts:
        return table
    rows = [row for part in (table, *parts) for row in part.rows]
    problems = [problem for part in (table, *parts) for problem in part.problems]
    columns = tuple(dict.fromkeys(column for part in (table, *parts) for column in part.columns))
    repeated = [problem for problem in _repeated_keys(rows, schema["key"]) if problem not in problems]
    return Table(table.file, columns, rows, problems + repeated)


def _read(path: Path, file: str, schema: dict, handed_back: bool) -> Table:
    problems: list[Problem] = []

    def unreadable(message: str, remedy: str, **place) -> Table:
        return Table(file, (), [], [*problems, Problem(file, message, remedy, **place)])

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if schema.get("optional"):
            return Table(file, (), [], [])
        return unreadable("the file does not exist", f"make it with the columns {', '.join(schema['required'])}")
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
        remedy = "nothing needs doing; 'CSV UTF-8' without the mark avoids this line"
        problems.append(Problem(file, "it begins with a byte-order mark, which was passed over", remedy, stops=False))
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        return unreadable(
            "the file is not UTF-8", "save it as 'CSV UTF-8'", row=row, value=f"byte {data[error.start]:02x}"
        )
    if not text.strip():
        return unreadable("the file is empty", f"begin it with the columns {', '.join(schema['required'])}")

    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header, *lines = list(reader)
    except csv.Error as error:
        return unreadable(f"no comma-separated table ({error})", "look for a stray quotation mark", row=reader.line_num)
    header = [cell.strip() for cell in header]
    if len(header) == 1 and (found := re.search(r"[;\t]", header[0])):
        sign = "semicolons" if found[0] == ";" else "tabs"
        return unreadable(f"the columns are separated by {sign}", "save it with commas, and decimal points in numbers")
    width = len(header)
    told = header.index(FILL_IN) if handed_back and FILL_IN in header else None
    problems += _header_problems(file, header[:told], schema)
    if any(problem.stops for problem in problems):
        return Table(file, tuple(header[:told]), [], problems)

    rows, validator = [], _row_validator(schema)
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != width:
            message = f"the row has {len(cells)} cells, the header {width}"
            problems.append(Problem(file, message, "put quotation marks around a cell that holds a comma", row=number))
            continue
        if told is not None and not _filled(dict(zip(header, cells, strict=True))):
            continue
        named = zip(header[:told], cells[:told], strict=True)
        row = Row(_cast(name, shown(cell.strip()), schema) for name, cell in named if cell.strip())
        row.file, row.line = file, number
        rows.append(row)
        problems += _row_problems(file, row, schema, validator)
    if not rows and not handed_back:
        problems.append(Problem(file, "the table holds no row", "fill it when there is evidence", stops=False))
    problems += _repeated_keys(rows, schema["key"])
    return Table(file, tuple(header[:told]), rows, problems)


def _filled(cells: dict[str, str]) -> bool:
    """Whether any of the cells that the row asks for holds something; a row that somebody added asks for none."""
    asked = [column.strip() for column in cells[FILL_IN].split(",") if column.strip()]
    return not asked or any(cells.get(column, "").strip() for column in asked)


def _row_validator(schema: dict) -> Draft202012Validator:
    """For what a row can still be wrong in: its columns are known by then, and every cell is a text."""
    from jsonschema import Draft202012Validator, FormatChecker  # late: a run with nothing to do reads no table

    formats = FormatChecker(formats=())
    for name, read in FORMATS.items():
        formats.checks(name, raises=ValueError)(lambda text, read=read: bool(read(text)))
    any_text = {"type", "description"}
    telling = {
        name: column
        for name, column in schema["properties"].items()
        if column.get("type") != "string" or set(column) - any_text
    }
    checked = {**schema, "properties": telling, "additionalProperties": True}
    return Draft202012Validator(checked, format_checker=formats)


def name_of(row: Row, schema: dict) -> str:
    return " ".join(str(row.get(column, "")) for column in schema["key"]).strip()


def _header_problems(file: str, header: list[str], schema: dict) -> Iterator[Problem]:
    for column in schema["required"]:
        if column not in header:
            description = schema["properties"][column]["description"]
            yield Problem(file, "the column is missing", f"add it: {description}", row=1, column=column)
    for column in header:
        if header.count(column) > 1:
            yield Problem(file, "the column appears twice", "keep one of them", row=1, column=column)
        if schema["additionalProperties"] is False and column not in schema["properties"]:
            known = ", ".join(schema["properties"])
            yield Problem(file, "no such column is known", f"use one of {known}", row=1, column=column)


def _cast(column: str, cell: str, schema: dict) -> tuple[str, str | int | float]:
    """A numeric cell as a number; one that does not look like it stays text, for the schema to refuse."""
    pattern, number = NUMBER.get(schema["properties"].get(column, {}).get("type"), (None, None))
    return column, number(cell) if pattern and pattern.fullmatch(cell) else cell


def _row_problems(file: str, row: Row, schema: dict, validator: Draft202012Validator) -> Iterator[Problem]:
    if validator.is_valid(row):
        return
    for error in validator.iter_errors(row):
        if error.validator == "required":
            column, message = error.message.split("'")[1], "the cell is empty"
        else:
            column, message = error.path[0], "the value does not fit its column"
        yield Problem(
            file,
            message,
            "write " + schema["properties"][column]["description"],
            row=row.line,
            record=name_of(row, schema),
            column=column,
            value=str(row.get(column, "")),
        )


def _repeated_keys(rows: list[Row], key: list[str]) -> Iterator[Problem]:
    seen: dict[tuple, Row] = {}
    for row in rows:
        name = tuple(row.get(column, "") for column in key)
        if name in seen:
            first = seen[name]
            place = f"row {first.line}" + (f" of {first.file}" if first.file != row.file else "")
            value = " ".join(str(part) for part in name)
            message = f"the row repeats the key of {place}"
            remedy = "remove one of the two, or give it a name of its own"
            yield Problem(row.file, message, remedy, row=row.line, column=" ".join(key), value=value)
        seen.setdefault(name, row)
