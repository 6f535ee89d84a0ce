"""All records of a review under the ids they have for ever, with every place they came from.

A reading is what one search run or one import holds: a head that says what it is, and a line for each record. A line
of a search run may name a record without its text, which then lies in an earlier run.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perennial.records.record import json_line, read_lines

MATCHING = ("new", "changed", "unchanged")
"""States of a record that the search of a run lists."""


@dataclass
class Stored:
    """A record on its way into the store: its newest text, and where it was found."""

    line: bytes = b""
    state: str = ""
    """In the newest search of PubMed that speaks of it, as in pmids.csv of that run."""
    found_in: dict[str, dict[str, Any]] = field(default_factory=dict)
    listed: bool = False
    """Whether any search or import lists it; what no search lists was read because a study rests on it."""


class StoreError(ValueError):
    """Readings that do not fit each other."""


def collect(readings: Iterable[Path]) -> tuple[list[dict[str, Any]], dict[str, Stored]]:
    """The heads of the readings, each with the number of records it lists and of those new by then; the records by id.

    `readings` are files in the order of their dates: of two texts of one record the later counts.
    """
    heads: list[dict[str, Any]] = []
    stored: dict[str, Stored] = {}
    aside: set[str] = set()
    for path in readings:
        lines = read_lines(path)
        head = {"set_aside": [], **next(lines)}
        listed, new = _add(stored, aside, head, lines)
        heads.append({**head, "read": listed, "new": new})
    textless = {record_id for record_id, each in stored.items() if not each.line}
    lacking = sorted(textless - aside)
    if lacking:
        raise StoreError(
            f"The archive names {len(lacking)} records whose text no run holds, {lacking[0]} among them. "
            "Remedy: restore data/search/ from a copy; its runs belong together."
        )
    return heads, {record_id: stored[record_id] for record_id in sorted(stored.keys() - textless)}


def _add(
    stored: dict[str, Stored], aside: set[str], head: dict[str, Any], lines: Iterable[dict[str, Any]]
) -> tuple[int, int]:
    """Add the lines of one reading; how many records it lists, and how many of them no earlier reading lists.

    A record that was set aside has no text, and later runs may still name it.
    """
    listed = new = 0
    for line in lines:
        if "set_aside" in line:
            head["set_aside"].append(line["set_aside"])
            aside |= {line["record_id"]} if "record_id" in line else set()
            continue
        entry = stored.setdefault(line["record_id"], Stored())
        if "record" in line:
            entry.line = json_line(line["record"])
        place = entry.found_in.setdefault(head["place"], {"in": head["place"], "first": head["date"]})
        if "position" in line:
            place.setdefault("positions", []).append(line["position"])
        else:
            entry.state = line["state"]
            if line["state"] not in MATCHING:
                continue
            place["last"] = head["date"]
        listed += 1
        new += not entry.listed
        entry.listed = True
    return listed, new


def store_lines(stored: dict[str, Stored]) -> Iterator[bytes]:
    """The store as JSON Lines, in the order of ids."""
    for record_id, entry in stored.items():
        record = json.loads(entry.line)
        places = [entry.found_in[place] for place in sorted(entry.found_in)]
        told = {"record_id": record_id, "listed": entry.listed, "found_in": places} | (
            {"state": entry.state} if entry.state else {}
        )
        yield json_line({**told, **record})
