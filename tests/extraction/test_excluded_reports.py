"""A report that somebody excluded after a notice counts no more from that day on. The studies are synthetic."""

from datetime import date
from pathlib import Path

import pytest

from perennial.csv_table import csv_table
from perennial.dates import full_day
from perennial.extraction.checks import find_problems
from perennial.extraction.evidence import FILES, Evidence, read_evidence
from perennial.extraction.horizon import Horizon
from perennial.extraction.notices import excluded
from perennial.extraction.selection import select_counts, studies_included

SCHEMAS = Path(__file__).parents[2] / "workflow" / "schemas"
CONFIG = {
    "outcomes": {"orr": {"label": "ORR", "kind": "proportion"}},
    "assessors": ["independent"],
    "groups": {"all": {"where": {"line": ["late"]}}},
    "eligibility": {"minimum_patients": 1, "studies": {}, "criteria": {}},
    "screening": {"pending": {}},
    "extraction": {"extractors": 1},
    "checks": {"percent_tolerance": 5},
}
HEADER = ["report_id", "kind", "notice", "decision", "reason", "by", "date"]


def decision(report: str, what: str, day: str = "2026-03-01", kind: str = "retraction", notice: str = "n1") -> dict:
    return dict(zip(HEADER, (report, kind, notice, what, "a synthetic reason", "AB", day), strict=True))


def evidence(folder: Path, *decisions: dict) -> Evidence:
    """One has an abstract of 2020 and an article of 2022, two has one article."""
    reports = [("one-early", "one", "2020"), ("one-late", "one", "2022"), ("two-only", "two", "2021")]
    arms, counts = [("one-arm", "one", "one-early"), ("two-arm", "two", "two-only")], {"one-early": 5, "one-late": 9, "two-only": 7}  # fmt: skip
    tables = {
        "studies": [{"study_id": name, "label": name} for name in ("one", "two")],
        "reports": [
            {"report_id": name, "study_id": study, "kind": "article", "published": day, "published_basis": "online", "citation": "synthetic"}
            for name, study, day in reports
        ],
        "arms": [
            {"arm_id": name, "study_id": study, "label": name, "regimen": "drug", "line": "late", "n": 20, "report_id": report, "locator": "t"}
            for name, study, report in arms
        ],
        "outcomes": [
            {"row_id": f"{report}-orr", "arm_id": f"{report.partition('-')[0]}-arm", "outcome": "orr", "timepoint": "best", "population": "all", "assessor": "independent", "events": events, "n": 20, "report_id": report, "locator": "t", "extractor": "ab", "role": "consensus", "date": "2025-01-01"}
            for report, events in counts.items()
        ],
        "legacy": [],
        "notices": list(decisions),
    }  # fmt: skip
    headers = {"legacy": ["version", "box", "reason", "count", "locator"], "notices": HEADER}
    for name, rows in tables.items():
        path = folder / FILES[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(csv_table(headers.get(name) or [*rows[0]], rows))
    read = read_evidence(folder, SCHEMAS)
    assert read.readable, [str(problem) for problem in read.problems]
    return read


def at(read: Evidence, day: str = "2026-12-31", reconstructed: bool = False) -> Horizon:
    known = full_day(day)
    return Horizon(known, reconstructed, without=frozenset(excluded(read.notices.rows, known)))


def pooled(read: Evidence, horizon: Horizon) -> dict[str, str]:
    return {row["arm_id"]: row["report_id"] for row in select_counts(read, CONFIG, "orr", "all", horizon).rows}


def test_an_earlier_report_counts_again(tmp_path):
    read = evidence(tmp_path, decision("one-late", "exclude"))
    assert pooled(read, at(read)) == {"one-arm": "one-early", "two-arm": "two-only"}


def test_an_arm_without_another_report_is_left_out_by_name_and_its_study_is_not_included(tmp_path):
    read = evidence(tmp_path, decision("two-only", "exclude"))
    selected = select_counts(read, CONFIG, "orr", "all", at(read))
    assert [row["arm_id"] for row in selected.rows] == ["one-arm"]
    reason = "two-only excluded after a notice (retraction): a synthetic reason (AB)"
    assert selected.left_out == [{"arm_id": "two-arm", "reason": reason}]
    assert studies_included(read, CONFIG, at(read)) == ["one"]


@pytest.mark.parametrize("reconstructed", [False, True])
@pytest.mark.parametrize(("day", "counts"), [("2026-02-28", "one-late"), ("2026-03-01", "one-early")])
def test_it_holds_from_its_day_on_in_a_reconstructed_review_too(tmp_path, reconstructed, day, counts):
    read = evidence(tmp_path, decision("one-late", "exclude", "2026-03-01"))
    assert pooled(read, at(read, day, reconstructed))["one-arm"] == counts


@pytest.mark.parametrize(
    ("decisions", "counts"),
    [
        ([decision("one-late", "keep")], "one-late"),
        ([decision("one-late", "exclude"), decision("one-late", "keep", "2026-04-01")], "one-late"),
        ([decision("one-late", "keep"), decision("one-late", "exclude", "2026-04-01")], "one-early"),
        ([decision("one-late", "exclude"), decision("one-late", "keep", "2026-04-01", "correction")], "one-early"),
        ([decision("one-late", "exclude"), decision("one-late", "keep", notice="n2")], "one-early"),
    ],
)
def test_the_newest_decision_on_each_kind_of_notice_holds(tmp_path, decisions, counts):
    for order in (decisions, decisions[::-1]):
        read = evidence(tmp_path, *order)
        assert pooled(read, at(read))["one-arm"] == counts


def test_a_decision_on_a_report_that_is_not_there_stops_the_run(tmp_path):
    problems = [
        problem for problem in find_problems(evidence(tmp_path, decision("gone", "keep")), CONFIG) if problem.stops
    ]
    assert [str(problem) for problem in problems] == [
        "data/extraction/notices.csv, row 2 (gone), column report_id: 'gone': data/reports.csv knows no such name. "
        "Remedy: correct it, or add it to data/reports.csv."
    ]


def test_arms_that_could_go_without_a_trace_are_told_apart(tmp_path):
    read = evidence(tmp_path)
    assert select_counts(read, CONFIG, "orr", "all", Horizon(date(2026, 1, 1), False)).alone == {"two-arm"}
