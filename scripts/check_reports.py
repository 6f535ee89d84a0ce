"""Say of each included report whether it was retracted, corrected or doubted since, and of each trial how it stands."""

import argparse
import json
from pathlib import Path

from perennial.csv_table import csv_table
from perennial.identity.card import read_card
from perennial.records.archive import Run, read_run
from perennial.records.notices import read_notices
from perennial.records.record import Record
from perennial.records.status import COLUMNS, Asked, crossref_status, pubmed_status
from perennial.records.store import collect


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("--pubmed", nargs="*", type=Path, default=[], help="readings of PubMed's runs, oldest first")
    parser.add_argument("--status", required=True, help="CSV to write, a line for each report, source and notice")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    pubmed, crossref = (run_at(card[source]) for source in ("pubmed", "crossref"))
    records = (Record.from_dict(json.loads(each.line)) for each in collect(arguments.pubmed)[1].values())
    rows = pubmed_status(card["reports"], records, pubmed and asked_of_pubmed(pubmed))
    rows += crossref_status(
        card["reports"], read_notices(crossref) if crossref else [], crossref and asked_of_crossref(crossref)
    )
    card.write(arguments.status, csv_table(COLUMNS, sorted(rows, key=lambda row: row["report_id"])))


def run_at(place: dict[str, str] | None) -> Run | None:
    return read_run(Path(place["folder"]), place["sha256"]) if place else None


def asked_of_pubmed(run: Run) -> Asked:
    states = {each["report_id"]: each["state"] for each in run.told["sentinels"]}
    absent = frozenset(report for report, state in states.items() if state == "not in this source")
    return Asked(run.date, frozenset(states), absent)


def asked_of_crossref(run: Run) -> Asked:
    by_doi = run.told["reports"]
    absent = frozenset(report for doi in run.told["not_in_crossref"] for report in by_doi[doi])
    return Asked(run.date, frozenset(report for reports in by_doi.values() for report in reports), absent)


if __name__ == "__main__":
    main()
