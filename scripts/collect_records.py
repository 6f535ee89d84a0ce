"""Bring all records together under the ids they have for ever."""

import argparse
import sys
from pathlib import Path

from perennial.csv_table import csv_table
from perennial.identity.card import read_card
from perennial.records.store import StoreError, collect, store_lines

SOURCES = ["place", "date", "kind", "hits", "read", "new", "set_aside", "missing", "notes"]
ASIDE = ["place", "position", "line", "reason", "text"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("--readings", nargs="*", type=Path, default=[], help="oldest first")
    parser.add_argument("--records", required=True, help="JSON Lines to write, one record a line")
    parser.add_argument("--sources", required=True, help="CSV to write, one search or import a line")
    parser.add_argument("--set-aside", required=True, help="CSV to write, one record that could not be read a line")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    try:
        heads, stored = collect(arguments.readings)
    except StoreError as error:
        sys.exit(str(error))
    told = [
        {
            **head,
            "set_aside": len(head["set_aside"]),
            "missing": "; ".join(head.get("missing", [])),
            "notes": "; ".join(head.get("notes", [])),
        }
        for head in heads
    ]
    aside = [{"place": head["place"], **each} for head in heads for each in head["set_aside"]]
    card.write(arguments.records, store_lines(stored))
    card.write(arguments.sources, csv_table(SOURCES, told))
    card.write(arguments.set_aside, csv_table(ASIDE, aside))


if __name__ == "__main__":
    main()
