"""perennial new <folder>: start a review in a folder of its own."""

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


def add_command(commands: argparse._SubParsersAction) -> None:
    new = commands.add_parser("new", help="start a review in a folder of its own")
    new.add_argument("folder", type=Path, help="where; it must be empty or not there yet")
    new.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    try:
        start_review(arguments.folder, date.today())
    except NewReviewError as error:
        sys.exit(str(error))
    print(BEGUN.format(folder=arguments.folder, command=command(arguments.folder)), end="")
