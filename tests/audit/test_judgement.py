"""Claims judged against a synthetic review: what is planted is found, and nothing else."""

from dataclasses import replace

import pytest

from perennial.audit.judgement import judge
from perennial.audit.paper import Paper
from perennial.audit.quantities import Claim, UnknownQuantity

ARMS = [
    {"arm_id": "a", "study_id": "a", "regimen": "drug", "n": 20, "lines": "2", "locator": "Paper, Table 1, row 1"},
    {
        "arm_id": "b",
        "study_id": "b",
        "regimen": "drug + other",
        "n": 30,
        "share": "0.667",
        "locator": "Paper, Table 1, row 2",
    },
]
COUNTS = [
    {"arm_id": "a", "study_id": "a", "events": 10, "n": 20},
    {"arm_id": "b", "study_id": "b", "events": 21, "n": 30},
]


def row(arm: str, **values) -> dict:
    return {
        "row_id": f"{arm}-orr",
        "arm_id": arm,
        "outcome": "orr",
        "population": "all",
        "locator": "Paper, Table 2",
        **values,
    }


PAPER = Paper(
    tables={
        "arms": ARMS,
        "studies": [{"study_id": "a", "design": "single-arm"}, {"study_id": "b", "design": "randomised"}],
        "outcomes": [
            row("a", events=10, n=20),
            row("b", events=21, n=30),
            row("a", row_id="part", n=17, population="response: relapsed"),
            row("b", row_id="pfs", outcome="pfs", estimate=4.5, ci_low=2.0, ci_high_status="not_reached"),
            row("b", row_id="pfs2", outcome="pfs", estimate=4.6, ci_low=2.0, ci_level=90.0, locator="Record of b"),
        ],
        "reports": [{"study_id": "a", "kind": "article"}, {"study_id": "b", "kind": "abstract"}],
        "legacy": [],
        "references": [
            {"number": "1", "year": "2020", "doi": "10.1000/x.1"},
            {"number": "2", "year": "2020", "doi": "10.1000/X.1"},
            {"number": "3", "year": "2020", "doi": "10.1000/journal"},
            {"number": "4", "year": "2020", "doi": "10.1000/S1470-2045(21)1"},
            {"number": "5", "year": "2020", "doi": "10.1000/x.2012.3"},
            {"number": "6", "year": "2020", "doi": "doi:10.1000/5"},
        ],
    },
    analyses={"orr.all": COUNTS, "orr.none": []},
    tests={"form": {"effect": "freeman_tukey", "label": "a form", "rows": {"orr": COUNTS}}},
    corrected={"pfs": "pfs2"},
    model={"method": "inverse_variance", "transformation": "freeman_tukey", "tau2": "DL", "interval": "wald"},
    level=0.95,
    thresholds={"low": 25, "moderate": 50},
)


def claim(analysis: str, quantity: str, value: str, location: str = "Abstract", name: str = "c1") -> Claim:
    numeric = value.replace(".", "", 1).isdigit()
    return Claim(name, location, "text", analysis, quantity, value, len(value.partition(".")[2]) if numeric else None)


def verdict(*words: str, **more) -> tuple[str, str]:
    (finding,) = judge([claim(*words, **more)], PAPER)
    return finding.verdict, finding.explanation


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("a-orr", "percent", "50"), "reproduced"),
        (("a-orr", "percent", "50.0"), "reproduced"),
        (("a-orr", "percent", "51"), "differs"),
        (("b-orr", "percent", "70"), "reproduced"),
        (("10/21", "percent", "47.6"), "reproduced"),
        (("10/21", "percent", "48.6"), "differs"),
        (("arms[]", "patients", "50"), "reproduced"),
        (("arms[regimen~other]", "studies", "1"), "reproduced"),
        (("arms[regimen=drug]", "studies", "2"), "differs"),
        (("arms[]", "min:n", "20"), "reproduced"),
        (("arms[]", "max:share%", "66.7"), "reproduced"),
        (("outcomes[outcome=orr; population=all]", "max:percent", "70"), "reproduced"),
        (("reports[kind=abstract]", "rows", "1"), "reproduced"),
        (("studies[]", "every:design=single-arm", "yes"), "differs"),
        (("arms[]", "every:regimen~drug", "yes"), "reproduced"),
        (("orr.all", "k", "2"), "reproduced"),
        (("orr.all", "n", "49"), "differs"),
        (("orr.none", "estimate", "50"), "not_recomputable"),
        (("orr.form", "asymmetry", "none"), "not_recomputable"),
        (("orr.all", "stability", "stable"), "not_recomputable"),
        (("-", "stated", "35"), "not_recomputable"),
        (("a", "lines", "2"), "reproduced"),
        (("a", "lines", "3"), "differs"),
        (("reference 1", "doi", "10.1000/x.1"), "differs"),
        (("reference 3", "doi", "10.1000/journal"), "differs"),
        (("reference 4", "doi", "10.1000/S1470-2045(21)1"), "reproduced"),
        (("reference 5", "doi", "10.1000/x.2012.3"), "differs"),
        (("reference 6", "doi", "doi:10.1000/5"), "differs"),
        (("pfs", "estimate", "4.6"), "reproduced"),
        (("pfs", "ci_level", "not_stated"), "differs"),
    ],
)
def test_verdicts(words, expected):
    assert verdict(*words)[0] == expected


def test_a_percentage_of_no_whole_number_differs_whether_or_not_a_count_is_given():
    found = verdict("part", "percent", "84.2")
    assert found == ("differs", "no whole number of 17 patients rounds to 84.2%; the nearest is 14/17 = 82.4%")
    assert verdict("part", "percent", "82.4")[0] == "not_recomputable"
    assert "no whole number of 20 patients rounds to 51%" in verdict("a-orr", "percent", "51")[1]
    assert "11 of 20 would fit" in verdict("a-orr", "percent", "55")[1]


def test_the_place_that_the_evidence_comes_from_cannot_confirm_itself():
    assert verdict("a", "n", "20", location="Table 1, row 1")[0] == "not_recomputable"
    assert verdict("a", "n", "20", location="Table 2")[0] == "reproduced"


def test_one_quantity_told_twice():
    same = judge([claim("a", "n", "20", "Table 1, row 1"), claim("a", "n", "20", "Table 2", "c2")], PAPER)
    assert [finding.verdict for finding in same] == ["not_recomputable", "reproduced"]
    assert same[0].explanation.endswith("told alike in Table 2")
    other = judge([claim("a", "n", "20", "Table 1, row 1"), claim("a", "n", "22", "Discussion", "c2")], PAPER)
    assert [finding.verdict for finding in other] == ["differs", "differs"]
    assert "printed as 22 in Discussion" in other[0].explanation


def test_a_percentage_that_fits_another_size_told_for_the_arm():
    (first, _) = judge([claim("a-orr", "percent", "52"), claim("a", "n", "25", "Discussion", "c2")], PAPER)
    assert first.explanation.endswith("13/25 would fit, and Discussion speaks of 25 patients")


@pytest.mark.parametrize(
    ("events", "word", "expected"),
    [([10, 15], "none", "reproduced"), ([10, 15], "low", "differs"), ([2, 28], "none", "differs"), ([2, 28], "substantial", "reproduced"), ([2, 28], "significant", "reproduced"), ([10, 15], "significant", "differs")],
)  # fmt: skip
def test_words_about_heterogeneity(events, word, expected):
    rows = [{**row, "events": count} for row, count in zip(COUNTS, events, strict=True)]
    paper = replace(PAPER, analyses={"orr.all": rows})
    (finding,) = judge([claim("orr.all", "heterogeneity", word)], paper)
    assert finding.verdict == expected
    assert "I²" in finding.explanation


@pytest.mark.parametrize(
    ("analysis", "quantity"),
    [
        ("nobody", "n"),
        ("orr.all", "colour"),
        ("a-orr", "evnts"),
        ("nowhere[]", "rows"),
        ("arms[regimen]", "rows"),
        ("arms[]", "min:regimen"),
        ("3/0", "percent"),
    ],
)
def test_a_claim_about_nothing_is_named(analysis, quantity):
    with pytest.raises(UnknownQuantity, match=f"c1, analysis '{analysis}".replace("[", r"\[")):
        judge([claim(analysis, quantity, "1")], PAPER)
