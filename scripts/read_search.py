"""Read the records of one archived search."""

import argparse
import sys
from pathlib import Path

from perennial.identity.card import read_card
from perennial.records.archive import ArchiveError, read_run
from perennial.records.read_run import read_run_lines
from perennial.records.record import json_line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("reading", help="JSON Lines to write: a head, then a line for each record")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    try:
        card.write(arguments.reading, map(json_line, read_run_lines(read_run(Path(card["folder"]), card["sha256"]))))
    except ArchiveError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
