"""No patient is counted twice, and a study with a failed check waits for a person. The studies are synthetic."""

from datetime import date
from pathlib import Path

import pytest

from perennial.csv_table import csv_table
from perennial.extraction import forms
from perennial.extraction.acceptance import accepted, held_back
from perennial.extraction.checks import find_problems
from perennial.extraction.evidence import FILES, Evidence, read_evidence
from perennial.extraction.horizon import Horizon
from perennial.extraction.selection import select_counts, studies_included

SCHEMAS = Path(__file__).parents[2] / "workflow" / "schemas"
NOW = Horizon(date(2030, 1, 1), reconstructed=False)
CONFIG = {
    "outcomes": {name: {"label": name, "kind": "proportion"} for name in ("orr", "cr")},
    "assessors": ["independent", "not_stated", "investigator"],
    "groups": {"all": {"where": {"line": ["late"]}}},
    "eligibility": {"minimum_patients": 10, "studies": {"adult": ["yes"]}, "criteria": {}},
    "screening": {"pending": {}},
    "extraction": {"extractors": 2},
    "checks": {"percent_tolerance": 5},
}


def arm(name: str, study: str, report: str, n: int = 20) -> dict:
    return {"arm_id": name, "study_id": study, "label": name, "regimen": "drug", "line": "late", "n": n, "report_id": report, "locator": "t"}  # fmt: skip


def report(name: str, study: str, published: str) -> dict:
    return {"report_id": name, "study_id": study, "kind": "article", "published": published, "published_basis": "online", "citation": "synthetic"}  # fmt: skip


def result(arm_id: str, report_id: str, events: int, n: int = 20, outcome: str = "orr", **more) -> dict:
    return {"row_id": f"{arm_id}-{report_id}-{outcome}", "arm_id": arm_id, "outcome": outcome, "timepoint": "best", "population": "all", "assessor": "independent", "events": events, "n": n, "reported_percent": "", "report_id": report_id, "locator": "t", "extractor": "ab", "role": "consensus", "date": "2025-01-01", **more}  # fmt: skip


def answer(a: str, b: str, counts: str, outcome: str = "all", day: str = "2026-01-01") -> dict:
    return {"report_a": a, "report_b": b, "outcome": outcome, "counts": counts, "reason": "the same cohort", "by": "AB", "date": day}  # fmt: skip


def evidence(folder: Path, studies: list[dict] | None = None, **tables: list[dict]) -> Evidence:
    """Two studies, an arm and a report each, unless told otherwise."""
    whole = {
        "studies": studies or [study("one"), study("two")],
        "reports": [report("one-r", "one", "2023"), report("two-r", "two", "2024")],
        "arms": [arm("one-a", "one", "one-r"), arm("two-a", "two", "two-r")],
        "outcomes": [result("one-a", "one-r", 10), result("two-a", "two-r", 12)],
        "legacy": [],
    } | tables
    headers = {"legacy": ["version", "box", "reason", "count", "locator"]}
    for name, rows in whole.items():
        path = folder / FILES[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(csv_table(headers.get(name) or [*rows[0]], rows))
    read = read_evidence(folder, SCHEMAS)
    assert read.readable, [str(problem) for problem in read.problems]
    return read


def study(name: str, **more) -> dict:
    return {"study_id": name, "label": name, "registry_id": "", "adult": "yes", "overlaps_with": "", **more}


def pooled(read: Evidence, outcome: str = "orr", horizon: Horizon = NOW) -> list[str]:
    return [row["arm_id"] for row in select_counts(read, CONFIG, outcome, "all", horizon).rows]


def test_studies_with_nothing_in_common_are_both_pooled(tmp_path):
    assert pooled(evidence(tmp_path)) == ["one-a", "two-a"]


SUSPECTED = [
    [study("one", registry_id="NCT00000001"), study("two", registry_id="nct 00000001")],
    [study("one"), study("two", overlaps_with="one")],
    [study("one", overlaps_with="two"), study("two")],
]


@pytest.mark.parametrize("studies", SUSPECTED)
def test_the_later_of_two_that_may_overlap_waits_for_an_answer(tmp_path, studies):
    selected = select_counts(evidence(tmp_path, studies), CONFIG, "orr", "all", NOW)
    assert [row["arm_id"] for row in selected.rows] == ["one-a"]
    (out,) = selected.left_out
    assert out["arm_id"] == "two-a" and "nobody has said which counts" in out["reason"]
    (row,) = forms.overlaps_form(selected.alarms)
    assert (row["report_a"], row["report_b"], row["outcome"]) == ("one-r", "two-r", "orr")


@pytest.mark.parametrize("studies", SUSPECTED)
@pytest.mark.parametrize(("said", "expected"), [("a", ["one-a"]), ("b", ["two-a"]), ("both", ["one-a", "two-a"])])
def test_an_answer_says_which_counts(tmp_path, studies, said, expected):
    read = evidence(tmp_path, studies, overlaps=[answer("one-r", "two-r", said)])
    selected = select_counts(read, CONFIG, "orr", "all", NOW)
    assert [row["arm_id"] for row in selected.rows] == expected and selected.alarms == []
    assert all("the same cohort (AB)" in out["reason"] for out in selected.left_out)
    before = Horizon(date(2025, 12, 31), reconstructed=False)
    assert pooled(read, horizon=before) == ["one-a"], "an answer counts from the day it was given"


def test_an_answer_on_one_outcome_comes_before_that_on_all(tmp_path):
    rows = [
        result(arm_id, r, 10, outcome=o)
        for o in ("orr", "cr")
        for arm_id, r in (("one-a", "one-r"), ("two-a", "two-r"))
    ]
    said = [answer("one-r", "two-r", "a"), answer("two-r", "one-r", "a", outcome="cr")]
    read = evidence(tmp_path, SUSPECTED[0], outcomes=rows, overlaps=said)
    assert (pooled(read), pooled(read, "cr")) == (["one-a"], ["two-a"])


def test_the_newest_answer_counts(tmp_path):
    said = [answer("one-r", "two-r", "both", day="2026-02-01"), answer("one-r", "two-r", "a", day="2026-03-01")]
    assert pooled(evidence(tmp_path, SUSPECTED[0], overlaps=said)) == ["one-a"]


def test_two_arms_of_one_report_are_two_cohorts_and_of_two_reports_a_question(tmp_path):
    one = [study("one")]
    reports = [report("one-r", "one", "2023"), report("one-s", "one", "2024")]
    arms = [arm("one-a", "one", "one-r"), arm("one-b", "one", "one-s")]
    apart = [result("one-a", "one-r", 10), result("one-b", "one-s", 12)]
    assert pooled(evidence(tmp_path / "x", one, reports=reports, arms=arms, outcomes=apart)) == ["one-a"]
    together = [result("one-a", "one-r", 10), result("one-b", "one-r", 12)]
    assert pooled(evidence(tmp_path / "y", one, reports=reports, arms=arms, outcomes=together)) == ["one-a", "one-b"]


def test_of_three_only_those_that_are_counted_keep_others_out(tmp_path):
    """Two is out for one; three overlaps with two alone, so nothing keeps it out."""
    studies = [study("one"), study("two", overlaps_with="one"), study("three", overlaps_with="two")]
    read = evidence(
        tmp_path,
        studies,
        reports=[report(f"{name}-r", name, f"202{n}") for n, name in enumerate(("one", "two", "three"))],
        arms=[arm(f"{name}-a", name, f"{name}-r") for name in ("one", "two", "three")],
        outcomes=[result(f"{name}-a", f"{name}-r", 10) for name in ("one", "two", "three")],
    )
    assert pooled(read) == ["one-a", "three-a"]


def test_a_person_may_prefer_the_older_report_of_an_arm(tmp_path):
    reports = [report("one-r", "one", "2023"), report("one-s", "one", "2024"), report("two-r", "two", "2024")]
    rows = [result("one-a", "one-r", 10), result("one-a", "one-s", 15), result("two-a", "two-r", 12)]

    def events(folder, **more):
        selected = select_counts(evidence(folder, reports=reports, outcomes=rows, **more), CONFIG, "orr", "all", NOW)
        return selected.rows[0]["events"] if selected.rows[0]["arm_id"] == "one-a" else selected.rows[1]["events"]

    assert events(tmp_path / "x") == 15
    assert events(tmp_path / "y", overlaps=[answer("one-r", "one-s", "a")]) == 10


def test_two_reports_of_one_day_are_named(tmp_path):
    reports = [report("one-r", "one", "2023"), report("one-s", "one", "2023"), report("two-r", "two", "2024")]
    rows = [result("one-a", "one-r", 10), result("one-a", "one-s", 15), result("two-a", "two-r", 12)]
    read = evidence(tmp_path, reports=reports, outcomes=rows)
    (odd,) = [problem for problem in find_problems(read, CONFIG) if problem.holds_back]
    assert "neither report is the newer" in odd.message
    assert selected(read) == ["two-a"]
    read = evidence(tmp_path, reports=reports, outcomes=rows, overlaps=[answer("one-r", "one-s", "b")])
    assert selected(read) == ["one-a", "two-a"]


def test_a_registry_number_that_stands_twice_is_named(tmp_path):
    messages = [str(problem) for problem in find_problems(evidence(tmp_path, SUSPECTED[0]), CONFIG)]
    assert any("column registry_id" in m and "one has the same number" in m for m in messages)


def test_criteria_that_the_tables_answer_are_applied(tmp_path):
    studies = [study("one", adult="unclear"), study("two")]
    read = evidence(tmp_path, studies, arms=[arm("one-a", "one", "one-r"), arm("two-a", "two", "two-r", n=9)], outcomes=[result("one-a", "one-r", 3), result("two-a", "two-r", 3, n=9)])  # fmt: skip
    selected = select_counts(read, CONFIG, "orr", "all", NOW)
    assert selected.left_out == [
        {"arm_id": "one-a", "reason": "adult: unclear"},
        {"arm_id": "two-a", "reason": "fewer than 10 patients"},
    ]
    assert selected.rows == [] and studies_included(read, CONFIG, NOW) == []


# A failed check holds a study back until somebody accepts it.

ODD = [result("one-a", "one-r", 10, reported_percent="49"), result("two-a", "two-r", 12)]
ACCEPTANCE = {"file": FILES["outcomes"], "record": "one-a-one-r-orr", "column": "reported_percent", "value": "49", "reason": "a misprint", "by": "AB", "date": "2026-01-01"}  # fmt: skip


def selected(read: Evidence, horizon: Horizon = NOW) -> list[str]:
    chosen = select_counts(read, CONFIG, "orr", "all", horizon, held_back(read, CONFIG, horizon))
    assert len(chosen.rows) + len(chosen.left_out) == 2, "nobody is lost"
    return [row["arm_id"] for row in chosen.rows]


def test_a_failed_check_holds_its_study_back(tmp_path):
    read = evidence(tmp_path, outcomes=ODD)
    assert selected(read) == ["two-a"]
    (odd,) = [problem for problem in find_problems(read, CONFIG) if problem.holds_back]
    (row,) = forms.checks_form([odd], {})
    assert (row["record"], row["value"], row["holds_back"]) == ("one-a-one-r-orr", "49", "one")


def test_an_accepted_check_is_pooled_from_that_day_and_for_that_value(tmp_path):
    read = evidence(tmp_path / "x", outcomes=ODD, acceptances=[ACCEPTANCE])
    assert selected(read) == ["one-a", "two-a"]
    assert selected(read, Horizon(date(2025, 12, 31), reconstructed=False)) == ["two-a"]
    odd = [problem for problem in find_problems(read, CONFIG) if problem.holds_back]
    assert [row["reason"] for row in accepted(odd, read, NOW).values()] == ["a misprint"]
    other = [{**ODD[0], "reported_percent": "48"}, ODD[1]]
    assert selected(evidence(tmp_path / "y", outcomes=other, acceptances=[ACCEPTANCE])) == ["two-a"]


def test_what_is_odd_in_a_whole_table_can_be_accepted_too(tmp_path):
    answer = {"file": FILES["legacy"], "record": "", "column": "", "value": "", "reason": "there is none", "by": "AB", "date": "2026-01-01"}  # fmt: skip
    read = evidence(tmp_path, acceptances=[answer])
    odd = [problem for problem in find_problems(read, CONFIG) if not problem.stops]
    assert [problem.file for problem in odd] == [FILES["legacy"]]
    assert list(accepted(odd, read, NOW)) == odd


def test_a_corrected_row_holds_nobody_back(tmp_path):
    mended = {**ODD[0], "row_id": "mended", "reported_percent": "50", "corrects": ODD[0]["row_id"], "reason": "misread"}
    rows = [{**row, "corrects": "", "reason": ""} for row in ODD]
    assert selected(evidence(tmp_path, outcomes=[*rows, mended])) == ["one-a", "two-a"]


# An abstract and its article.

ABSTRACT, ARTICLE = report("one-abstract", "one", "2024-06"), report("one-article", "one", "2025-02-03")
EARLY, LATE = result("one-a", "one-abstract", 10, 16), result("one-a", "one-article", 12, 20)


@pytest.mark.parametrize("first", ["abstract", "article"])
@pytest.mark.parametrize(
    ("day", "expected"),
    [("2024-05-31", []), ("2024-06-01", [(10, 16)]), ("2025-02-02", [(10, 16)]), ("2025-02-03", [(12, 20)])],
)
def test_an_abstract_gives_way_to_its_article_whichever_was_entered_first(tmp_path, first, day, expected):
    """The arm is the article's where that was entered first; before it was published the abstract counts all the same."""
    order = 1 if first == "abstract" else -1
    read = evidence(
        tmp_path,
        [study("one")],
        reports=[ABSTRACT, ARTICLE][::order],
        arms=[arm("one-a", "one", f"one-{first}", n=16 if first == "abstract" else 20)],
        outcomes=[EARLY, LATE][::order],
    )
    horizon = Horizon(date.fromisoformat(day), reconstructed=True)
    chosen = select_counts(read, CONFIG, "orr", "all", horizon)
    assert [(row["events"], row["n"]) for row in chosen.rows] == expected
    assert chosen.left_out == []
    assert studies_included(read, CONFIG, horizon) == (["one"] if expected else [])


def test_an_abstract_on_too_few_patients_waits_for_the_article(tmp_path):
    rows = [result("one-a", "one-abstract", 5, 9), LATE]
    read = evidence(tmp_path, [study("one")], reports=[ABSTRACT, ARTICLE], arms=[arm("one-a", "one", "one-article")], outcomes=rows)  # fmt: skip
    assert pooled(read, horizon=Horizon(date(2024, 12, 1), reconstructed=True)) == []
    assert pooled(read) == ["one-a"]
