"""Short digests of the parts of a file: rows and columns of a table, values of a document, lines of a text.

Beside the digest of the whole they prove nothing. They say where a file was altered without a copy to compare with.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

LINES = (".html", ".jsonl", ".md")
"""Texts that are told by line. Figures are told as a whole."""


@dataclass(frozen=True)
class Place:
    """A part that is not what it was: `row` of a table as a spreadsheet numbers it, with its `columns`; a `pointer`
    into a JSON document (RFC 6901); a `line`. `now` is what stands there, where that is one value."""

    row: int | None = None
    columns: tuple[str, ...] = ()
    pointer: str = ""
    line: int | None = None
    now: str = ""


def parts(name: str, data: bytes) -> dict[str, Any] | None:
    """The digests of the parts of a file of that name; None for a kind of file that is told as a whole only."""
    suffix = PurePosixPath(name).suffix
    if suffix == ".csv":
        rows = _rows(data)
        return {"columns": _joined(map(_short, _columns(rows))), "rows": _joined(map(_short, map("\x1f".join, rows)))}
    if suffix == ".json":
        return {"values": _joined(_short(f"{pointer}\x1f{value}") for pointer, value in _values(json.loads(data)))}
    if suffix in LINES:
        return {"lines": _joined(map(_short, _lines(data)))}
    return None


def places(name: str, data: bytes, told: dict[str, str] | None) -> list[Place]:
    """Where `data` differs from the file of which `told` holds the parts; none where that cannot be said."""
    try:
        now = told and parts(name, data)
    except (ValueError, csv.Error):
        return []
    if not now or now.keys() != told.keys():
        return []
    if "lines" in told:
        return [Place(line=index + 1) for index in _differing(told["lines"], now["lines"])]
    if "values" in told:
        values = list(_values(json.loads(data)))
        indices = [index for index in _differing(told["values"], now["values"]) if index < len(values)]
        return [Place(pointer=values[index][0], now=values[index][1]) for index in indices]
    rows = _rows(data)
    header = rows[0] if rows else []
    columns = [header[index] for index in _differing(told["columns"], now["columns"]) if index < len(header)]
    found = []
    for index in _differing(told["rows"], now["rows"]):
        cells = dict(zip(header, rows[index], strict=False)) if index < len(rows) else {}
        found.append(Place(index + 1, tuple(columns), now=cells.get(columns[0], "") if len(columns) == 1 else ""))
    return found


def _rows(data: bytes) -> list[list[str]]:
    text = data.decode().replace("\r\n", "\n")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    width = len(rows[0]) if rows else 0
    for index in range(width):
        yield "\x1f".join(row[index] if index < len(row) else "" for row in rows)


def _lines(data: bytes) -> list[str]:
    return data.decode().replace("\r\n", "\n").split("\n")


def _values(document: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every value that holds no others, with its pointer."""
    inside = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    empty = True
    for key, value in inside:
        empty = False
        yield from _values(value, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    if empty:
        yield pointer, json.dumps(document, ensure_ascii=False)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _joined(digests: Iterable[str]) -> str:
    return " ".join(digests)


def _differing(before: str, now: str) -> list[int]:
    """The positions in `now` that differ; where parts were added or taken away, the first position only."""
    old, new = before.split(), now.split()
    if len(old) == len(new):
        return [index for index, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]]
    same = next(
        (i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )
    return [same]
