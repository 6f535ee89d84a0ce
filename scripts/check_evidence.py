"""List what is odd in the evidence; end with the reasons where something in it cannot be right."""

import argparse

from perennial.csv_table import csv_table
from perennial.identity.card import read_card

COLUMNS = ["file", "record", "column", "value", "message", "remedy"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("checks", help="CSV to write, one line for each odd thing")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    card.write(arguments.checks, csv_table(COLUMNS, card["odd"]))


if __name__ == "__main__":
    main()
