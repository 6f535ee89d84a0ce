"""The command line: perennial new <folder>."""

import argparse
import sys
from datetime import date
from pathlib import Path

from perennial.new_review import NewReviewError, command, start_review

BEGUN = """\
{folder} holds a review without studies, and it runs as it is:

    {command}

Its page is {folder}/results/report/index.html. What to replace is marked EDIT in {folder}/config/config.yaml; the
tables for the evidence are told in {folder}/data/README.md.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="perennial", description="Living systematic reviews as a Snakemake workflow.")
    commands = parser.add_subparsers(required=True, metavar="command")
    new = commands.add_parser("new", help="start a review in a folder of its own")
    new.add_argument("folder", type=Path, help="where; it must be empty or not there yet")
    folder = parser.parse_args().folder
    try:
        start_review(folder, date.today())
    except NewReviewError as error:
        sys.exit(str(error))
    print(BEGUN.format(folder=folder, command=command(folder)), end="")


if __name__ == "__main__":
    main()
