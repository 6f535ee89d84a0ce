"""Show results with and without reports that were retracted, corrected or doubted, until a person decides on them."""

import argparse
from pathlib import Path

from perennial.csv_table import csv_table, read_csv
from perennial.identity.card import read_card
from perennial.living.notices import FORM, notices_form
from perennial.living.weighing import weigh


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("status", type=Path, help="what became of the included reports")
    parser.add_argument("notices", help="JSON to write")
    parser.add_argument("todo", help="CSV to write, a line for each notice that waits for a decision")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    told = weigh(card.meaning, read_csv(arguments.status))
    card.write_json(arguments.notices, told)
    card.write(arguments.todo, csv_table(FORM, notices_form(told)))


if __name__ == "__main__":
    main()
