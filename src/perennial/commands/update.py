"""perennial update: search what is due, run the review, and say what happened; for a scheduler."""

import argparse
import os
import sys
from datetime import date
from pathlib import Path

from perennial.updating.update import update


def add_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("update", help="search, run the review, and say what happened; for a scheduler")
    parser.add_argument("--directory", type=Path, default=Path(), help="the folder of the review; default, this one")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1, help="how many; default, all")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    updated = update(arguments.directory, arguments.cores, date.today(), say)
    sys.stderr.write(updated.why)
    sys.exit(updated.code)


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
