"""What people decided on reports that were retracted, corrected or doubted, and which reports count no more by it."""

from collections.abc import Iterable
from datetime import date

from perennial.dates import full_day
from perennial.tables import Row

EXCLUDE, KEEP = "exclude", "keep"


def decisions(rows: Iterable[Row], as_of: date) -> dict[tuple[str, str], list[Row]]:
    """The decisions made by then on each report and kind of notice, the newest first.

    A decision holds from its day on in a reconstructed review too: before, the report stood.
    """
    found: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["date"], row["decision"] == EXCLUDE, row["notice"]), reverse=True):
        if full_day(row["date"]) <= as_of:
            found.setdefault((row["report_id"], row["kind"]), []).append(row)
    return found


def excluded(rows: Iterable[Row], as_of: date) -> dict[str, Row]:
    """The reports that count no more, with the decision that says so; it is the newest on its kind of notice."""
    newest = [of_kind[0] for of_kind in decisions(rows, as_of).values()]
    return {row["report_id"]: row for row in sorted(newest, key=lambda row: row["kind"]) if row["decision"] == EXCLUDE}


def reason_of(row: Row) -> str:
    """Why a report counts no more, to be read."""
    kind = row["kind"].replace("_", " ")
    return f"{row['report_id']} excluded after a notice ({kind}): {row['reason']} ({row['by']})"
