"""Bring the decisions of the ledger and of screening tools together, each tied to a record of the review."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from perennial.csv_table import csv_table
from perennial.digests import content_sha256
from perennial.identity.card import read_card
from perennial.records.record import Record, read_lines
from perennial.screening.foreign.decision import NotDecisions
from perennial.screening.foreign.ledger import ledger_rows
from perennial.screening.foreign.read import read_decisions
from perennial.screening.foreign.sidecar import DecisionSidecar
from perennial.screening.matching import match_records

COLUMNS = ["record_id", "stage", "reviewer", "decision", "reason", "date", "note", "origin"]
UNMATCHED = ["origin", "position", "record_id", "title", "doi", "stage", "reviewer", "decision", "date", "why"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("records", type=Path, help="all records, JSON Lines")
    parser.add_argument(
        "--decisions", required=True, help="CSV to write, one decision a line, in the order of the ledgers"
    )
    parser.add_argument("--unmatched", required=True, help="CSV to write: decisions on what is no record of the review")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    records = [Record.from_dict(line) for line in read_lines(arguments.records)]
    known = {record.record_id for record in records}
    decisions = [{**row, "origin": "decisions.csv"} for row in card["decisions"] if row["record_id"] in known]
    unmatched = [
        {**row, "origin": "decisions.csv", "why": "no such record"}
        for row in card["decisions"]
        if row["record_id"] not in known
    ]
    for export in card["exports"]:
        try:
            reading = read_decisions(dict(contents(export["files"])), DecisionSidecar(**export["sidecar"]))
        except NotDecisions as error:
            sys.exit(str(error))
        matched = match_records({each.position: each.record for each in reading.decisions}, records)
        decisions += [{**row, "origin": export["name"]} for row in ledger_rows(reading, matched)]
        unmatched += [
            {
                "origin": export["name"],
                "position": each.position,
                "title": each.record.title,
                "doi": each.record.doi,
                **{key: getattr(each, key) for key in ("stage", "reviewer", "decision", "date")},
                "why": "no record of the review is like it",
            }
            for each in reading.decisions
            if each.position not in matched
        ]
        unmatched += [
            {"origin": export["name"], "position": each.position, "title": each.text, "why": each.reason}
            for each in reading.set_aside
        ]
    card.write(arguments.decisions, csv_table(COLUMNS, decisions))
    card.write(arguments.unmatched, csv_table(UNMATCHED, unmatched))


def contents(files: list[dict[str, str]]) -> Iterator[tuple[str, bytes]]:
    for each in files:
        data = Path(each["file"]).read_bytes()
        if content_sha256(data) != each["sha256"]:
            sys.exit(f"{each['file']} changed while it was to be read. Remedy: run again.")
        yield Path(each["file"]).name, data


if __name__ == "__main__":
    main()
