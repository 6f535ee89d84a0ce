"""Whether the included reports were retracted, corrected or doubted since, by what each source says of them.

That nothing is known is said only of a source that was asked and has the report.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from perennial.records.notices import Notice
from perennial.records.record import Record

PUBMED = {
    "RetractionIn": "retraction",
    "PartialRetractionIn": "retraction",
    "ExpressionOfConcernIn": "expression_of_concern",
    "ErratumIn": "correction",
    "CorrectedandRepublishedIn": "correction",
    "RetractedandRepublishedIn": "retraction",
    "UpdateIn": "update",
}
"""CommentsCorrections of an article that speak of its standing, in our words."""

COLUMNS = ["report_id", "source", "checked", "state", "notice", "published", "said"]
NOTHING, ABSENT, UNCHECKED = "nothing known", "not in this source", "not checked"


KINDS = {
    **dict.fromkeys(("retraction", "partial_retraction", "removal", "withdrawal"), "retraction"),
    "expression_of_concern": "expression_of_concern",
    **dict.fromkeys(("correction", "corrigendum", "erratum"), "correction"),
    **dict.fromkeys(("update", "addendum", "clarification", "new_version", "new_edition"), None),
    **dict.fromkeys((NOTHING, ABSENT, UNCHECKED), None),
}
"""The states about which a person has to decide whether the report may still be used, and what is no such state.

A word that is not known here is a notice of some `OTHER` kind, for it may be as grave.
"""

RETRACTION, OTHER = "retraction", "other"


def kind_of(state: str) -> str | None:
    """What kind of notice a state is; None where it raises no doubt about the report."""
    return KINDS.get(state, OTHER)


def retractions(status: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The reports that were retracted, with who says so; `status` are rows with COLUMNS."""
    told: dict[str, list[str]] = {}
    for row in status:
        if kind_of(row["state"]) == RETRACTION:
            told.setdefault(row["report_id"], []).append(said_by(row))
    return {report: "; ".join(said) for report, said in told.items()}


def said_by(row: Mapping[str, str]) -> str:
    """Who tells of a notice, and what: PubMed, looked up 2026-11-28: retraction in pmid:1, 2026-05."""
    notice = "".join(
        [f" in {row['notice']}" if row["notice"] else "", f", {row['published']}" if row["published"] else ""]
    )
    return f"{row['source']}, looked up {row['checked']}: {row['state'].replace('_', ' ')}{notice}"


@dataclass(frozen=True)
class Asked:
    """A source that was asked on a day about reports, and those of them that it does not have."""

    day: str
    reports: frozenset[str]
    absent: frozenset[str]


def pubmed_status(
    reports: Sequence[Mapping[str, str]], records: Iterable[Record], asked: Asked | None
) -> list[dict[str, str]]:
    """Rows with COLUMNS, by report. A report is PubMed's record with its PMID, else the one with its DOI."""
    by_pmid, by_doi = {}, {}
    for record in records:
        if record.source == "pmid":
            by_pmid[record.pmid] = record
            by_doi[record.doi] = record
    rows = []
    for report in reports:
        record = by_pmid.get(report["pmid"]) or (by_doi.get(report["doi"]) if report["doi"] else None)
        if asked is None or (record is None and report["report_id"] not in asked.reports):
            rows.append(_row(report, "PubMed", "", UNCHECKED))
        elif record is None:
            rows.append(_row(report, "PubMed", asked.day, ABSENT))
        else:
            told = [
                (PUBMED[link.relation], link.target, "", link.citation)
                for link in record.links
                if link.relation in PUBMED
            ]
            retracted = "Retracted Publication" in record.publication_types
            if retracted and not any(state == "retraction" for state, *_ in told):
                told.append(("retraction", "", "", "PubMed types it as a retracted publication"))
            rows += [_row(report, "PubMed", asked.day, *each) for each in told or [(NOTHING,)]]
    return rows


def crossref_status(
    reports: Sequence[Mapping[str, str]], notices: Sequence[Notice], asked: Asked | None
) -> list[dict[str, str]]:
    """Rows with COLUMNS, by report; a report without a DOI cannot be looked up."""
    rows = []
    for report in reports:
        told = [each for each in notices if each.report_id == report["report_id"]]
        if asked is None or (report["doi"] and report["report_id"] not in asked.reports):
            rows.append(_row(report, "Crossref", "", UNCHECKED))
        elif not report["doi"] or report["report_id"] in asked.absent:
            rows.append(_row(report, "Crossref", asked.day, ABSENT))
        else:
            found = [(each.kind, each.notice_doi, each.date, each.told_by) for each in told]
            rows += [_row(report, "Crossref", asked.day, *each) for each in found or [(NOTHING,)]]
    return rows


def _row(report: Mapping[str, str], source: str, checked: str, state: str, *said: str) -> dict[str, str]:
    return dict(
        zip(COLUMNS, (report["report_id"], source, checked, state, *said, "", "", "")[: len(COLUMNS)], strict=True)
    )
