"""perennial compare <version> [<version>]: what changed between two releases, or since one, and why."""

import argparse
import sys
from pathlib import Path

import yaml

from perennial.csv_table import read_csv
from perennial.files import to_json
from perennial.living.comparison import compare
from perennial.living.releases import STATUS, Release
from perennial.living.words import as_markdown
from perennial.new_review import WORKFLOW
from perennial.records.status import UNCHECKED
from perennial.workflow.comparing import ComparisonError, comparison, of_now, released
from perennial.workflow.record_cards import reports
from perennial.workflow.review import Review, ReviewError, open_review


def add_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("compare", help="say what changed between two releases, or since one, and why")
    parser.add_argument("before", help="a version in data/releases/")
    parser.add_argument("now", nargs="?", help="a later version; without it, the review as it stands")
    parser.add_argument("--directory", type=Path, default=Path(), help="the folder of the review; default, this one")
    parser.add_argument("--json", action="store_true", help="the data instead of the text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    try:
        told = changes(arguments.directory, arguments.before, arguments.now)
    except (ComparisonError, ReviewError) as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(to_json(told) if arguments.json else as_markdown(told).encode())


def changes(project: Path, before: str, now: str | None) -> dict:
    """What changes.json says, of the release `before` and the release `now`, or of the review as it stands.

    Raises ComparisonError and ReviewError.
    """
    try:
        config = yaml.safe_load((project / "config" / "config.yaml").read_text(encoding="utf-8"))
    except OSError as error:
        raise ReviewError(f"{error}. Remedy: name the folder of the review with --directory.") from None
    review = open_review(config, project, WORKFLOW)
    old = released(_release(review, before), review)
    if now is None:
        if review.refused:
            raise ReviewError("\n".join(review.refused))
        return compare(comparison(old, of_now(review)), _status(review))
    later = released(_release(review, now), review)
    return compare(comparison(old, later), later.status)


def _release(review: Review, version: str) -> Release:
    for release in review.releases:
        if release.version == version:
            return release
    known = ", ".join(release.version for release in review.releases) or "there is none yet"
    raise ComparisonError(f"{version}: no such release. Remedy: name one that is there: {known}.")


def _status(review: Review) -> list[dict[str, str]]:
    """What the last run found of the reports; of reports that it did not know, nothing was checked."""
    path = review.project / review.results / STATUS
    found = read_csv(path) if path.is_file() else []
    told = {row["report_id"] for row in found}
    new = [row["report_id"] for row in reports(review) if row["report_id"] not in told]
    return [*found, *({"report_id": report, "state": UNCHECKED} for report in new)]
