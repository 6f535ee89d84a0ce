"""Studies and reports of an update: those of the previous version, those found since, and all of them.

A report without a record_id belongs to the previous version, which printed its own counts. They are compared with the
ledger, and where it printed none they stay unknown, and the totals with them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perennial.screening.flow_boxes import Box, FlowError, listed

Report = Mapping[str, Any]
"""A row of reports.csv."""


def study_boxes(
    reports: Iterable[Report],
    publication_of: Mapping[str, str],
    included: Iterable[str],
    previous: Mapping[str, Any] | None,
) -> dict[str, Box]:
    """The boxes, by name. `publication_of` says of which publication a record is, `included` lists publications.

    What tells of several studies has a row for each and is one report: it goes by the first of its report_ids, and
    counts as new where one of its studies is. Raises FlowError where the ledger holds other counts than were printed.
    """
    before: dict[str, list[Report]] = defaultdict(list)
    found: dict[str, list[Report]] = defaultdict(list)
    for row in sorted(reports, key=lambda row: row["report_id"]):
        if row.get("record_id"):
            found[publication_of[row["record_id"]]].append(row)
        else:
            before[row.get("citation") or row["report_id"]].append(row)
    old = {row["study_id"] for rows in before.values() for row in rows}
    new = {row["study_id"] for rows in found.values() for row in rows} - old
    of_new = {each for each, rows in found.items() if any(row["study_id"] in new for row in rows)}
    of_old = found.keys() - of_new

    version = f"the version of {previous['version']}" if previous else "previous version of review"
    first = not previous and not before
    told = (
        ("previous_studies", f"Studies included in {version}", old),
        ("previous_reports", f"Reports of studies included in {version}", _names(before.values())),
        ("new_studies", "Studies included in review" if first else "New studies included in review", new),
        (
            "new_reports",
            "Reports of included studies" if first else "Reports of new included studies",
            _names(found[each] for each in of_new),
        ),
        ("updated_reports", "Reports of studies included before", _names(found[each] for each in of_old)),
        ("to_extract", "Reports included, not yet tied to a study", set(included) - found.keys()),
        ("total_studies", "Total studies included in review", old | new),
        ("total_reports", "Reports of total included studies", _names([*before.values(), *found.values()])),
    )
    boxes = {name: listed(name, label, ids) for name, label, ids in told}
    for what in ("studies", "reports"):
        if not _printed(what, boxes[f"previous_{what}"], previous):
            boxes[f"previous_{what}"]["count"] = boxes[f"total_{what}"]["count"] = None
    return boxes


def _names(reports: Iterable[Sequence[Report]]) -> list[str]:
    return [rows[0]["report_id"] for rows in reports]


def _printed(what: str, box: Box, previous: Mapping[str, Any] | None) -> bool:
    """Whether the previous version printed the count; it is the ledger's then.

    Without a previous version there are none, and that is told too, unless the ledger holds a report of one.
    """
    printed = previous[what] if previous else None
    if printed not in (None, box["count"]):
        raise FlowError(
            f"data/reports.csv: the version of {previous['version']} included {printed} {what}; of rows without a "
            f"record_id there are {box['count']} {what}: {', '.join(box['ids']) or 'none'}. Remedy: enter what is "
            "missing of that version; give a report found since then the record_id under which it was found."
        )
    return printed is not None or (previous is None and not box["ids"])
