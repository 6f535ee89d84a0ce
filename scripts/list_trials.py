"""List the registered trials of the question and the included ones, with how each stands."""

import argparse
from pathlib import Path

from perennial.csv_table import csv_table
from perennial.identity.card import read_card
from perennial.records.archive import read_run
from perennial.records.record import Record, read_lines
from perennial.records.trials import COLUMNS, trial_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("records", type=Path, help="all records, JSON Lines")
    parser.add_argument("trials", help="CSV to write, one trial a line")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    lines = (line for line in read_lines(arguments.records) if line["source"] == "nct")
    place = card["run"]
    run = read_run(Path(place["folder"]), place["sha256"]) if place else None
    card.write(arguments.trials, csv_table(COLUMNS, trial_table(map(Record.from_dict, lines), card["included"], run)))


if __name__ == "__main__":
    main()
