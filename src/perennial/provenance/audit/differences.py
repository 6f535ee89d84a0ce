"""Where two forms of the same thing differ: cells of a table, values of a document, lines of a text."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import yaml

from perennial.tables import Row

AT_MOST = 20
"""Places of one file that are told; that there are more is told too."""


@dataclass(frozen=True)
class Difference:
    """`place` are the fields of a finding that say where, and what stood and stands there."""

    message: str
    place: Mapping[str, Any]


def file_differences(name: str, old: bytes, new: bytes) -> list[Difference]:
    """Where `new` is not what `old` was; none where only the writing differs."""
    suffix = PurePosixPath(name).suffix
    try:
        if suffix == ".csv":
            return list(_cells(_rows(old), _rows(new)))
        if suffix == ".json":
            return value_differences(json.loads(old), json.loads(new))
        if suffix == ".yaml":
            return value_differences(yaml.safe_load(old), yaml.safe_load(new))
        lines = [data.decode().replace("\r\n", "\n").split("\n") for data in (old, new)]
    except (ValueError, csv.Error, yaml.YAMLError) as error:
        return [Difference(f"it cannot be read any more ({' '.join(str(error).split())})", {})]
    return [
        Difference("the line", {"line": number, "old": before, "new": now})
        for number, (before, now) in enumerate(zip(*lines, strict=False), 1)
        if before != now
    ]


def _rows(data: bytes) -> list[list[str]]:
    text = data.decode("utf-8-sig").replace("\r\n", "\n")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def _cells(old: list[list[str]], new: list[list[str]]) -> Iterator[Difference]:
    if len(old) != len(new):
        left = Counter(map(tuple, old))
        left.subtract(map(tuple, new))
        for number, row in enumerate(old, 1):
            if left[tuple(row)] > 0:
                left[tuple(row)] -= 1
                yield Difference("the row is gone", {"row": number, "old": ", ".join(row)})
        for number, row in enumerate(new, 1):
            if left[tuple(row)] < 0:
                left[tuple(row)] += 1
                yield Difference("the row is new", {"row": number, "new": ", ".join(row)})
        return
    header = old[0] if old else []
    for number, (before, now) in enumerate(zip(old, new, strict=True), 1):
        for index in range(max(len(before), len(now))):
            was, is_now = (row[index] if index < len(row) else "" for row in (before, now))
            if was != is_now:
                column = header[index] if index < len(header) else str(index + 1)
                yield Difference("the cell", {"row": number, "column": column, "old": was, "new": is_now})


def value_differences(old: Any, new: Any, pointer: str = "") -> list[Difference]:
    """Values that differ; rows of a list that are gone or new are told as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for key in [*old, *(key for key in new if key not in old)]:
            below = f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
            if key not in new:
                found.append(Difference("the key is gone", {"pointer": below, "old": as_text(old[key])}))
            elif key not in old:
                found.append(Difference("the key is new", {"pointer": below, "new": as_text(new[key])}))
            else:
                found += value_differences(old[key], new[key], below)
        return found
    if isinstance(old, list) and isinstance(new, list):
        return list(_elements(old, new, pointer))
    if old == new and type(old) is type(new):
        return []
    return [Difference("the value", {"pointer": pointer or "/", "old": as_text(old), "new": as_text(new)})]


def _elements(old: list, new: list, pointer: str) -> Iterator[Difference]:
    if len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from value_differences(*pair, f"{pointer}/{index}")
        return
    left = Counter(map(as_text, old))
    left.subtract(map(as_text, new))
    for index, value in enumerate(old):
        if left[as_text(value)] > 0:
            left[as_text(value)] -= 1
            yield Difference("it is gone", {"pointer": f"{pointer}/{index}", "old": as_text(value)})
    for index, value in enumerate(new):
        if left[as_text(value)] < 0:
            left[as_text(value)] += 1
            yield Difference("it is new", {"pointer": f"{pointer}/{index}", "new": as_text(value)})


def as_text(value: Any) -> str:
    """A value as JSON writes it; a text as it is."""
    if isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False, default=str)


@dataclass(frozen=True)
class RowChanges:
    """Rows of a table that are gone, that were rewritten (as before, as now), and that are new."""

    gone: list[Row]
    rewritten: list[tuple[Row, Row]]
    added: list[Row]


def row_changes(old: Iterable[Row], new: Iterable[Row], key: Sequence[str]) -> RowChanges:
    """What became of the rows of a table, whatever their order: a row that is gone and one that is new are one that was
    rewritten where they have the same key, or share more than half of their cells."""
    before, now = list(old), list(new)
    kept = Counter(map(_cells_of, before)) & Counter(map(_cells_of, now))
    gone, added = _without(before, kept), _without(now, kept)
    rewritten = []
    for row in sorted(gone, key=lambda row: -max((_likeness(row, other, key) for other in added), default=0)):
        match = max(added, key=lambda other, row=row: _likeness(row, other, key), default=None)
        if match is not None and _likeness(row, match, key) > 0.5:
            gone = [other for other in gone if other is not row]
            added = [other for other in added if other is not match]
            rewritten.append((row, match))
    return RowChanges(gone, rewritten, added)


def _cells_of(row: Row) -> tuple:
    return tuple(sorted((column, str(value)) for column, value in row.items()))


def _without(rows: list[Row], kept: Counter) -> list[Row]:
    left, found = kept.copy(), []
    for row in rows:
        cells = _cells_of(row)
        if left[cells]:
            left[cells] -= 1
        else:
            found.append(row)
    return found


def _likeness(row: Row, other: Row, key: Sequence[str]) -> float:
    """From 0 to 1, the share of their cells that are the same; 2 where they have the same key."""
    if all(row.get(column) == other.get(column) for column in key):
        return 2
    columns = row.keys() | other.keys()
    return sum(row.get(column) == other.get(column) for column in columns) / len(columns)
