"""Say what changed since the last release, in which studies and estimates, and why."""

import argparse
import json
from pathlib import Path

from perennial.csv_table import read_csv
from perennial.identity.card import read_card
from perennial.living.comparison import compare
from perennial.living.words import as_markdown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("status", type=Path, help="what became of the included reports")
    parser.add_argument("notices", type=Path, help="results with and without reports that a notice doubts")
    parser.add_argument("--changes", required=True, help="JSON to write")
    parser.add_argument("--words", required=True, help="Markdown to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    if card["before"] is None:
        told = {"before": None, "unreadable": card.meaning.get("unreadable")}
    else:
        told = compare(card.meaning, read_csv(arguments.status))
    weighed = json.loads(arguments.notices.read_bytes())
    told["notices"] = {key: weighed[key] for key in ("shown", "waiting", "decided")}
    card.write_json(arguments.changes, told)
    card.write(arguments.words, as_markdown(told).encode())


if __name__ == "__main__":
    main()
