"""The file beside an export that says where it comes from (.yaml), and whether all that it promises was read."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from perennial.dates import full_day
from perennial.records.reading import Reading

NEEDED = {
    "database": "the database, such as Embase",
    "query": "the search as it was run",
    "date": "the day of the search as 2025-03-17",
    "hits": "the number of hits that the database gave",
}
OPTIONAL = {"platform": "the platform, such as Ovid", "note": "anything else"}


class ImportProblem(ValueError):
    """The message names the file, the key, the value and a remedy."""


@dataclass(frozen=True)
class Sidecar:
    database: str
    platform: str
    query: str
    date: str
    """The day of the search, as 2025-03-17."""
    hits: int
    note: str


def read_sidecar(path: Path) -> Sidecar:
    """The sidecar at `path`. Raises ImportProblem where it is missing or wrong."""
    keys = NEEDED | OPTIONAL
    form = ", ".join(f"{key} ({meaning})" for key, meaning in keys.items())
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ImportProblem(f"{path}: the file does not exist. Remedy: write it with {form}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ImportProblem(f"{path}: this is no YAML in UTF-8 ({error}). Remedy: write it with {form}.") from error
    if not isinstance(values, dict):
        raise ImportProblem(f"{path}: {values!r} is no mapping of keys to values. Remedy: write it with {form}.")

    def wrong(key: str, message: str) -> ImportProblem:
        remedy = f"write {keys[key]}" if key in keys else f"use one of {', '.join(keys)}"
        return ImportProblem(f"{path}, {key}: {values.get(key)!r}: {message}. Remedy: {remedy}.")

    for key in values:
        if key not in keys:
            raise wrong(key, "no such key is known")
    for key in NEEDED:
        if values.get(key) in (None, ""):
            raise wrong(key, "the value is missing")
    for key in keys.keys() - {"date", "hits"}:
        if not isinstance(values.get(key) or "", str):
            raise wrong(key, "this is no text")
    day, hits = values["date"], values["hits"]
    if isinstance(hits, bool) or not isinstance(hits, int) or hits < 0:
        raise wrong("hits", "this is no number of hits")
    try:
        day = full_day(day.isoformat() if isinstance(day, date) else str(day)).isoformat()
    except ValueError as error:
        raise wrong("date", "this is no day") from error
    texts = {key: " ".join((values.get(key) or "").split()) for key in keys.keys() - {"date", "hits", "query"}}
    return Sidecar(query=values["query"].strip(), date=day, hits=hits, **texts)


def reconcile(reading: Reading, hits: int) -> list[str]:
    """What is missing or too many against the number of hits, and which, as far as the file tells."""
    read = len(reading.found) + len(reading.set_aside)
    if read == hits:
        return []
    told = f"{read} records were read ({len(reading.set_aside)} of them set aside), the sidecar declares {hits} hits"
    if read < hits:
        return [f"{told}: {hits - read} are missing.", *_lacking(reading, hits)]
    return [f"{told}: {read - hits} are too many.", *_twice(reading)]


def _lacking(reading: Reading, hits: int) -> list[str]:
    numbers = set(reading.numbers)
    if not numbers:
        return ["The file does not number its records, so it does not tell which."]
    first = 1 if min(numbers) <= hits else min(numbers)
    lacking = sorted(set(range(first, first + hits)) - numbers)
    return [f"By the file's own numbers these are missing: {_ranges(lacking)}."] if lacking else []


def _twice(reading: Reading) -> list[str]:
    sentences = []
    numbers = sorted(number for number, count in Counter(reading.numbers).items() if count > 1)
    if numbers:
        sentences.append(f"The file gives these numbers more than once: {_ranges(numbers)}.")
    positions: dict[str, list[int]] = {}
    for each in reading.found:
        positions.setdefault(each.record.record_id, []).append(each.position)
    for record_id, places in positions.items():
        if len(places) > 1:
            sentences.append(f"{record_id} stands at positions {', '.join(map(str, places))}.")
    return sentences


def _ranges(numbers: list[int]) -> str:
    """1-3, 7 for 1, 2, 3, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)
