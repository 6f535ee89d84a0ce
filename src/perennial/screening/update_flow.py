"""The PRISMA 2020 flow diagram of an update, from the ledgers: previous version, this update, total.

Every publication that a search listed ends in exactly one place; boxes are sums of such places, so that they add up by
construction, and the ids in each box say which.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perennial.screening.flow_boxes import Box, FlowError, box, listed, ranked, reconciled
from perennial.screening.standing import CONFLICT, EXCLUDED, INCLUDED, PENDING, UNSEEN, WAITING, Standing
from perennial.screening.update_studies import Report, study_boxes

NOT_RETRIEVED = "not_retrieved"
"""The reason of an exclusion at full text that excludes nothing: the report could not be had."""
ONGOING = "ongoing"
"""The reason of what is pending because the trial goes on; whatever else is pending awaits classification."""

LEAVES = {
    "records_known": "Records of reports included before",
    "records_waiting": "Records not yet screened",
    "records_excluded": "Records excluded",
    "reports_not_retrieved": "Reports not retrieved",
    "reports_waiting": "Reports not yet assessed",
    "awaiting": "Reports awaiting classification",
    "ongoing": "Reports of ongoing studies",
    "reports_excluded": "Reports excluded",
    "included": "Reports included",
}
"""Where a publication can end."""

SUMS = {
    "reports_assessed": ("Reports assessed for eligibility", ("reports_excluded", "awaiting", "ongoing", "included")),
    "reports_sought": (
        "Reports sought for retrieval",
        ("reports_not_retrieved", "reports_waiting", "reports_assessed"),
    ),
    "records_screened": ("Records screened", ("records_excluded", "reports_sought")),
}
"""Boxes that others flow from, and the boxes that together make them."""

SHOWN = (
    ("records_identified", ("records_removed", "records_known", "records_waiting", "records_screened")),
    *((whole, parts) for whole, (_, parts) in reversed(SUMS.items())),
    ("included", ("new_reports", "updated_reports", "to_extract")),
    ("total_studies", ("previous_studies", "new_studies")),
    ("total_reports", ("previous_reports", "new_reports", "updated_reports")),
)
"""What must add up in the diagram, in its order."""

WAITING_AT = {"records_waiting": "title_abstract", "reports_waiting": "full_text"}
DECIDED_AT = {"records_excluded": "title_abstract", "reports_excluded": "full_text", "awaiting": "full_text"}
"""Boxes that say why, and the stage that tells it."""

LACKING = {
    UNSEEN: "nobody has decided",
    WAITING: "another reviewer has to decide",
    CONFLICT: "reviewers disagree",
}
"""Why something waits."""


@dataclass(frozen=True)
class Publication:
    """Records of one publication, and the places that list it: one for each record and each source or export line."""

    id: str
    records: tuple[str, ...]
    places: tuple[str, ...]


def leaf(standings: Mapping[str, Standing]) -> str:
    """Where a publication ends, from how it stands at the two stages."""
    first, second = standings["title_abstract"], standings["full_text"]
    if first.state == EXCLUDED:
        return "records_excluded"
    if first.state != INCLUDED:
        return "records_waiting"
    if second.state == INCLUDED:
        return "included"
    if second.state == EXCLUDED:
        return "reports_not_retrieved" if second.reason == NOT_RETRIEVED else "reports_excluded"
    if second.state == PENDING:
        return "ongoing" if second.reason == ONGOING else "awaiting"
    return "reports_waiting"


def update_flow(
    publications: Sequence[Publication],
    standings: Mapping[str, Mapping[str, Standing]],
    reports: Sequence[Report],
    reasons: Mapping[str, str],
    previous: Mapping[str, Any] | None,
    sources: Mapping[str, str],
    known: Collection[str] = (),
) -> dict[str, Any]:
    """All boxes, by name.

    `reports` are rows of reports.csv; one without a record_id belongs to the previous version. `reasons` are labels of
    codes, `sources` labels of places. `previous` is {"version", "studies", "reports"} as that version printed them, a
    count being None where it does not say; None where there is no such version. `known` are records of the previous
    version's reports: a search lists them again, but nobody screens them again.

    Raises FlowError where a report rests on a record that no search lists or that screening did not include, and where
    the previous version printed other counts than the ledger holds.
    """
    publication_of = {record: publication.id for publication in publications for record in publication.records}
    passed = {publication_of[record] for record in known if record in publication_of}
    ends = {
        publication.id: "records_known" if publication.id in passed else leaf(standings[publication.id])
        for publication in publications
    }
    _consistent(reports, publication_of, ends)

    boxes = _record_boxes(publications, sources) | _screening_boxes(ends, standings, reasons)
    boxes |= study_boxes(reports, publication_of, boxes["included"]["ids"], previous)
    conflicts = [
        each
        for name, stage in WAITING_AT.items()
        for each in boxes[name]["ids"]
        if standings[each][stage].state == CONFLICT
    ]
    return {
        "form": "update",
        "previous": previous,
        "boxes": boxes,
        "reconciled": list(reconciled(boxes, SHOWN)),
        "missing": [each["label"] for each in boxes.values() if each["count"] is None],
        "conflicts": sorted(conflicts),
        "inconsistent": sorted(each for each in ends if any(s.inconsistent for s in standings[each].values())),
        "to_extract": boxes["to_extract"]["ids"],
    }


def _consistent(reports: Iterable[Report], publication_of: Mapping[str, str], ends: Mapping[str, str]) -> None:
    linked = sorted((row["report_id"], row["record_id"]) for row in reports if row.get("record_id"))
    unknown = [f"{report} ({record})" for report, record in linked if record not in publication_of]
    if unknown:
        raise FlowError(
            f"data/reports.csv: no search or import lists the record of {', '.join(unknown)}. Remedy: correct "
            "record_id, or import the record; only a report of the previous version has no record_id."
        )
    ended = [(report, record, ends[publication_of[record]]) for report, record in linked]
    left = [f"{report} ({record}: {LEAVES[end].lower()})" for report, record, end in ended if end != "included"]
    if left:
        raise FlowError(
            f"data/reports.csv: screening did not include the record of {', '.join(left)}. Remedy: correct the "
            "decisions in data/screening/, or remove the report."
        )


def _record_boxes(publications: Sequence[Publication], sources: Mapping[str, str]) -> dict[str, Box]:
    places = Counter(sources.get(place, place) for publication in publications for place in publication.places)
    identified = places.total()
    return {
        "records_identified": box("records_identified", "Records identified", identified, reasons=ranked(places)),
        "records_removed": box("records_removed", "Duplicate records removed", identified - len(publications)),
    }


def _screening_boxes(
    ends: Mapping[str, str], standings: Mapping[str, Mapping[str, Standing]], reasons: Mapping[str, str]
) -> dict[str, Box]:
    ids: dict[str, list[str]] = defaultdict(list)
    for each, end in ends.items():
        ids[end].append(each)
    boxes = {name: listed(name, label, ids[name]) for name, label in LEAVES.items()}
    for name, (label, parts) in SUMS.items():
        boxes[name] = listed(name, label, [each for part in parts for each in boxes[part]["ids"]])
    for name, stage in WAITING_AT.items():
        boxes[name]["reasons"] = ranked(Counter(LACKING[standings[each][stage].state] for each in ids[name]))
    for name, stage in DECIDED_AT.items():
        codes = [standings[each][stage].reason for each in ids[name]]
        if stage == "full_text" or any(codes):  # nobody has to give a reason at titles and abstracts
            boxes[name]["reasons"] = ranked(Counter(reasons.get(code, code) or "no reason given" for code in codes))
    return boxes
