"""Sets of records whose duplicates people have labelled, as records of ours."""

import csv
import gzip
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from perennial.records.kinds import kind_of
from perennial.records.record import Record

Labelled = tuple[list[Record], set[tuple[str, str]]]


@pytest.fixture(scope="session")
def labelled(shared: Path) -> Callable[[str], Labelled]:
    """Reads the records of a set, and the pairs of ids that are the same."""

    def read(name: str) -> Labelled:
        folder = shared / "data" / "dedup" / name
        with gzip.open(folder / "records_pre_merged.csv.gz", "rt", encoding="utf-8", newline="") as file:
            records = [_record(row) for row in csv.DictReader(file)]
        with (folder / "merged_record_ids.csv").open(encoding="utf-8", newline="") as file:
            groups = [row["merged_ids"].split(";") for row in csv.DictReader(file)]
        ids = [[f"labelled:{each}" for each in sorted(group)] for group in groups]
        return records, {pair for group in ids for pair in combinations(group, 2)}

    return read


def _record(row: dict[str, str]) -> Record:
    proceedings = row["ENTRYTYPE"] == "inproceedings"
    return Record(
        source="labelled",
        accession=row["ID"],
        kind="conference_abstract" if proceedings else kind_of(row["title"]),
        title=row["title"],
        authors=(row["author"],) if row["author"] else (),
        journal=row["booktitle" if proceedings else "journal"],
        volume=row["volume"],
        issue=row.get("number") or row.get("issue", ""),
        pages=row["pages"],
        published=row["year"],
        abstract=row.get("abstract", ""),
        doi=row.get("doi", ""),
    )
