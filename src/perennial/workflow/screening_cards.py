"""What the jobs mean that make people's decisions into the flow of a review."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from perennial.dates import full_day
from perennial.digests import file_sha256
from perennial.extraction.overlaps import registry_number
from perennial.search.account import SOURCES
from perennial.tables import Row, Table
from perennial.workflow.review import Review

Meaning = dict[str, Any]


def screening_jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    yield "gather_decisions/review", _gather_decisions
    yield "judge_screening/review", _judge_screening
    if ranks(review):
        yield "rank_records/review", _rank_records
    yield "list_reports/review", _list_reports
    if screens(review):
        yield "count_update/review", _count_update
        yield "plot_update/review", lambda review: {}


def screens(review: Review) -> bool:
    """Whether there is anything to screen: a version that is known by its counts only has no records."""
    return bool(review.imports) or any(run.told["kind"] != "counts only" for run in review.runs)


def ranks(review: Review) -> bool:
    """Whether what waits for a vote is sorted by relevance."""
    return review.config["screening"]["order"] == "relevance"


def _by_then(table: Table, review: Review) -> list[Row]:
    """Rows dated by the day of the review, by day and record; what one person said in a day stays in its order."""
    rows = [dict(row) for row in table.rows if full_day(row["date"]) <= review.horizon.as_of]
    return sorted(rows, key=lambda row: (row["date"], row["record_id"], row["stage"]))


def _gather_decisions(review: Review) -> Meaning:
    exports = [
        {
            "name": each.name,
            "files": [{"file": file.as_posix(), "sha256": file_sha256(review.project / file)} for file in each.files],
            "sidecar": asdict(each.sidecar),
        }
        for each in review.decision_exports
    ]
    return {"decisions": _by_then(review.evidence.decisions, review), "exports": exports}


def _judge_screening(review: Review) -> Meaning:
    return {
        "adjudications": _by_then(review.evidence.adjudications, review),
        "asked": review.config["screening"]["reviewers"],
        "reports": _reports(review),
        "studies": studies_by_number(review),
        "level": review.config["level"],
    }


def _rank_records(review: Review) -> Meaning:
    return {
        "adjudications": _by_then(review.evidence.adjudications, review),
        "asked": review.config["screening"]["reviewers"],
        "reports": _reports(review),
    }


def _count_update(review: Review) -> Meaning:
    config = review.config
    return {
        "adjudications": _by_then(review.evidence.adjudications, review),
        "asked": config["screening"]["reviewers"],
        "reasons": config["eligibility"]["criteria"] | config["screening"]["pending"],
        "sources": {**SOURCES, **{f"imports/{each.file.name}": each.sidecar.database for each in review.imports}},
        "reports": _reports(review),
        "previous": _previous(review),
    }


def _list_reports(review: Review) -> Meaning:
    config, evidence = review.config, review.evidence
    return {
        "tied": sorted({row["record_id"] for row in evidence.reports.rows if "record_id" in row}),
        "studies": studies_by_number(review),
        "codes": config["eligibility"]["criteria"] | config["screening"]["pending"],
    }


def studies_by_number(review: Review) -> dict[str, str]:
    """The study_ids by the number in a trial registry; of two with one number the first in the alphabet."""
    studies = sorted(review.evidence.studies.rows, key=lambda row: row["study_id"], reverse=True)
    return {number: row["study_id"] for row in studies if (number := registry_number(row))}


def _reports(review: Review) -> list[Meaning]:
    rows = [dict(row) for row in review.evidence.reports.rows if review.horizon.published(row)]
    return sorted(rows, key=lambda row: row["report_id"])


def _previous(review: Review) -> Meaning | None:
    """The newest version that is known by its counts, with what it says of studies and reports included."""
    rows = [row for row in review.evidence.legacy.rows if full_day(row["version"]) <= review.horizon.as_of]
    if not rows:
        return None
    newest = max(row["version"] for row in rows)

    def count(box: str) -> int | None:
        told = [row for row in rows if row["version"] == newest and row["box"] == box]
        whole = [row["count"] for row in told if "reason" not in row]
        return whole[0] if whole else sum(row["count"] for row in told) if told else None

    return {"version": newest, "studies": count("studies_included"), "reports": count("reports_included")}
