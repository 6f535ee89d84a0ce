"""Say how each source was searched, and what of it waits for a person."""

import argparse
from pathlib import Path

from perennial.csv_table import csv_table
from perennial.identity.card import read_card
from perennial.records.archive import read_run
from perennial.search.account import source_account, to_do


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("search", help="JSON to write, for the page")
    parser.add_argument("todo", help="CSV to write, one line for each thing a person should look at")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    sources = []
    for name, places in card["sources"]:
        runs = [read_run(Path(place["folder"]), place["sha256"]).told for place in places]
        sources.append(source_account(name, card["wanted"], runs))
    waiting = [row for account in sources for row in to_do(account)]
    told = {key: card[key] for key in ("strategy", "imports")}
    card.write_json(arguments.search, {**told, "sources": sources})
    card.write(arguments.todo, csv_table(["source", "kind", "said", "remedy"], waiting))


if __name__ == "__main__":
    main()
