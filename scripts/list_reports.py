"""List the included publications that are no report of a study yet, and what was excluded and why."""

import argparse
from pathlib import Path

from perennial.csv_table import csv_table, read_csv
from perennial.identity.card import read_card
from perennial.records.record import read_lines
from perennial.screening import exclusions, reports


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("records", type=Path, help="all records, JSON Lines")
    parser.add_argument("clusters", type=Path, help="clusters of duplicates")
    parser.add_argument("decisions", type=Path, help="all decisions")
    parser.add_argument("standings", type=Path, help="how each publication stands")
    parser.add_argument("--reports", required=True, help="CSV to write: rows of reports.csv to fill in")
    parser.add_argument("--exclusions", required=True, help="CSV to write, one publication a line")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    records = {line["record_id"]: line for line in read_lines(arguments.records)}
    cluster_of = {row["record_id"]: row["cluster"] for row in read_csv(arguments.clusters)}
    standings = read_csv(arguments.standings)
    tied = [cluster_of.get(record, record) for record in card["tied"]]
    form = reports.reports_form(standings, records, tied, card["studies"])
    told = exclusions.exclusions(standings, records, read_csv(arguments.decisions), cluster_of, card["codes"])
    card.write(arguments.reports, csv_table(reports.COLUMNS, form))
    card.write(arguments.exclusions, csv_table(exclusions.COLUMNS, told))


if __name__ == "__main__":
    main()
