"""Write the rows of a card as a table."""

import argparse

from perennial.csv_table import csv_table
from perennial.identity.card import read_card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("table", help="CSV to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    card.write(arguments.table, csv_table(card["columns"], card["rows"]))


if __name__ == "__main__":
    main()
