"""List what is odd in the evidence; end with the reasons where something in it cannot be right."""

import argparse

from perennial.csv_table import csv_table
from perennial.identity.card import read_card

ACCEPTED = ["file", "record", "column", "value", "message", "reason", "by", "date"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("waiting", help="CSV to write, one line for each odd thing that nobody has accepted")
    parser.add_argument("accepted", help="CSV to write, one line for each that somebody has")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    card.write(arguments.waiting, csv_table(card["columns"], card["waiting"]))
    card.write(arguments.accepted, csv_table(ACCEPTED, card["accepted"]))


if __name__ == "__main__":
    main()
