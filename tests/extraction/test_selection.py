"""Which counts are pooled: the newest report that gives some, by a date, whatever the order of the files.

The studies here are synthetic.
"""

import csv
import random
from datetime import date
from pathlib import Path

import pytest

from perennial.extraction.evidence import FILES, Evidence, read_evidence
from perennial.extraction.horizon import Horizon
from perennial.extraction.selection import secondary_rows, select_counts, studies_included

SCHEMAS = Path(__file__).parents[2] / "workflow" / "schemas"
CONFIG = {
    "outcomes": {"orr": {"kind": "proportion"}, "pfs": {"kind": "median"}},
    "assessors": ["independent", "not_stated", "investigator"],
    "groups": {"all": {"where": {"regimen": ["drug"]}}},
    "eligibility": {"minimum_patients": 10, "studies": {}},
    "extraction": {"extractors": 2},
}
NOW = Horizon(date(2030, 1, 1), reconstructed=True)


def arm(name: str, report: str, n: int = 20) -> dict:
    return {
        "arm_id": name,
        "study_id": name,
        "label": name,
        "regimen": "drug",
        "n": n,
        "report_id": report,
        "locator": "t",
    }


def report(name: str, study: str, published: str) -> dict:
    fixed = {"kind": "article", "published_basis": "online", "citation": "synthetic"}
    return {"report_id": name, "study_id": study, "published": published, **fixed}


def result(name: str, arm_id: str, report_id: str, **values) -> dict:
    fixed = {"outcome": "orr", "timepoint": "best", "population": "all", "assessor": "not_stated", "locator": "t"}
    people = {"extractor": "ab", "role": "consensus", "date": "2026-01-01"}
    return {"row_id": name, "arm_id": arm_id, "report_id": report_id, **fixed, **people, **values}


def evidence(folder: Path, shuffle: int | None = None, **tables: list[dict]) -> Evidence:
    tables = {"studies": [], "reports": [], "arms": [], "outcomes": [], "legacy": []} | tables
    for name, rows in tables.items():
        path = folder / FILES[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = {"legacy": ["version", "box", "reason", "count", "locator"], "studies": ["study_id", "label"]}.get(
            name, []
        )
        columns = list(dict.fromkeys([*columns, *(column for row in rows for column in row)]))
        if shuffle is not None:
            rows = random.Random(shuffle).sample(rows, len(rows))
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    read = read_evidence(folder, SCHEMAS)
    assert read.readable, read.problems
    return read


def two_reports(folder: Path, **kwargs) -> Evidence:
    """An abstract of 2024 and the article of 2025 with other counts."""
    return evidence(
        folder,
        studies=[{"study_id": "one", "label": "One"}],
        reports=[report("one-a", "one", "2024-06"), report("one-b", "one", "2025-02-03")],
        arms=[arm("one", "one-a")],
        outcomes=[
            result("early", "one", "one-a", events=10, n=20),
            result("late", "one", "one-b", events=12, n=20),
        ],
        **kwargs,
    )


def counts(selected) -> list[tuple[int, int]]:
    return [(row["events"], row["n"]) for row in selected.rows]


@pytest.mark.parametrize("shuffle", range(4))
@pytest.mark.parametrize(
    ("day", "expected"),
    [("2024-05-31", []), ("2024-06-01", [(10, 20)]), ("2025-02-02", [(10, 20)]), ("2025-02-03", [(12, 20)])],
)
def test_the_newest_report_by_a_date_counts(tmp_path, shuffle, day, expected):
    horizon = Horizon(date.fromisoformat(day), reconstructed=True)
    assert counts(select_counts(two_reports(tmp_path, shuffle=shuffle), CONFIG, "orr", "all", horizon)) == expected


def test_an_update_without_counts_removes_nobody(tmp_path):
    read = evidence(
        tmp_path,
        studies=[{"study_id": "one", "label": "One"}],
        reports=[report("one-a", "one", "2024"), report("one-b", "one", "2025")],
        arms=[arm("one", "one-a")],
        outcomes=[
            result("early", "one", "one-a", events=10, n=20, events_status="reported"),
            result("late", "one", "one-b", events="", n="", events_status="not_reported"),
        ],
    )
    assert counts(select_counts(read, CONFIG, "orr", "all", NOW)) == [(10, 20)]


def test_a_correction_replaces_its_row_from_the_day_it_was_made(tmp_path):
    read = evidence(
        tmp_path,
        studies=[{"study_id": "one", "label": "One"}],
        reports=[report("one-a", "one", "2024")],
        arms=[arm("one", "one-a")],
        outcomes=[
            result("typed", "one", "one-a", events=10, n=20, corrects="", reason=""),
            result("mended", "one", "one-a", events=11, n=20, corrects="typed", reason="misread", date="2026-05-05"),
        ],
    )
    assert counts(select_counts(read, CONFIG, "orr", "all", NOW)) == [(11, 20)]
    before = Horizon(date(2026, 5, 4), reconstructed=False)
    assert counts(select_counts(read, CONFIG, "orr", "all", before)) == [(10, 20)]


def test_the_preferred_assessor_counts_even_where_the_other_is_newer(tmp_path):
    read = evidence(
        tmp_path,
        studies=[{"study_id": "one", "label": "One"}],
        reports=[report("one-a", "one", "2024"), report("one-b", "one", "2025")],
        arms=[arm("one", "one-a")],
        outcomes=[
            result("committee", "one", "one-a", events=10, n=20, assessor="independent"),
            result("doctors", "one", "one-b", events=14, n=20, assessor="investigator"),
        ],
    )
    assert counts(select_counts(read, CONFIG, "orr", "all", NOW)) == [(10, 20)]


def test_arms_that_are_small_or_silent_are_left_out_by_name(tmp_path):
    read = evidence(
        tmp_path,
        studies=[{"study_id": name, "label": name} for name in ("small", "silent", "about")],
        reports=[report(f"{name}-a", name, "2024") for name in ("small", "silent", "about")],
        arms=[arm("small", "small-a", n=9), arm("silent", "silent-a"), arm("about", "about-a")],
        outcomes=[
            result("s", "small", "small-a", events=4, n=9, reported_percent=""),
            result("a", "about", "about-a", events="", n="", reported_percent="~75"),
        ],
    )
    selected = select_counts(read, CONFIG, "orr", "all", NOW)
    assert selected.rows == []
    assert selected.left_out == [
        {"arm_id": "about", "reason": "count not reported (about 75%)"},
        {"arm_id": "silent", "reason": "count not reported"},
        {"arm_id": "small", "reason": "fewer than 10 patients"},
    ]
    assert studies_included(read, CONFIG, NOW) == ["about", "silent"]


def test_parts_of_an_arm_and_single_extractions_are_not_pooled(tmp_path):
    read = evidence(
        tmp_path,
        studies=[{"study_id": "one", "label": "One"}],
        reports=[report("one-a", "one", "2024")],
        arms=[arm("one", "one-a")],
        outcomes=[
            result("part", "one", "one-a", events=5, n=8, population="product: axi-cel"),
            result("alone", "one", "one-a", events=9, n=20, role="extractor"),
        ],
    )
    assert counts(select_counts(read, CONFIG, "orr", "all", NOW)) == []


def test_a_later_report_that_is_silent_leaves_the_median_of_the_earlier(tmp_path):
    read = evidence(
        tmp_path,
        studies=[{"study_id": "one", "label": "One"}],
        reports=[report("one-a", "one", "2024"), report("one-b", "one", "2025"), report("one-c", "one", "2026")],
        arms=[arm("one", "one-a")],
        outcomes=[
            result("a", "one", "one-a", outcome="pfs", estimate=4.8, estimate_status="reported"),
            result("b", "one", "one-b", outcome="pfs", estimate="", estimate_status="not_reached"),
            result("c", "one", "one-c", outcome="pfs", estimate="", estimate_status="not_reported"),
        ],
    )
    assert [row["row_id"] for row in secondary_rows(read, CONFIG, NOW)] == ["b"]
