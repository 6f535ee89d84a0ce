"""Two versions side by side, as data and in words: nothing that changed, came or went is left out. All is synthetic."""

import json

import pytest

from perennial.living.comparison import compare
from perennial.living.words import as_markdown, change_of
from perennial.stats.pooling import model_from_dict, pool_proportions

LOGIT = {"method": "inverse_variance", "transformation": "logit", "tau2": "DL", "interval": "wald"}
BOUNDS = {"low": 25, "moderate": 50}


def row(arm: str, events: int, n: int, report: str = "") -> dict:
    return {"arm_id": arm, "report_id": report or f"{arm}-r", "events": events, "n": n}


FIRST = [row("a", 6, 20), row("b", 9, 30)]
LAST = [row("a", 12, 20, "a-new"), row("b", 10, 30), row("c", 25, 30)]


def pooled(rows: list[dict]) -> dict:
    return pool_proportions([r["events"] for r in rows], [r["n"] for r in rows], model_from_dict(LOGIT)).to_dict()


def status(report: str, state: str) -> dict:
    return {"report_id": report, "source": "PubMed", "checked": "2026-01-01", "state": state, "notice": "n1", "published": ""}  # fmt: skip


@pytest.fixture
def meaning() -> dict:
    """The group `stays` has other counts, `came` is new in the protocol, `went` is no longer there."""
    contrast = {"estimate": 0.4, "ci_low": 0.1, "ci_high": 0.7, "scale": "logit", "q_p": 0.01, "warnings": []}
    return {
        "before": {"version": "v1", "as_of": "2024-01-01", "sha256": "0"},
        "now": {"version": None, "as_of": "2025-01-01"},
        "order": ["orr.stays", "orr.came", "orr.went"],
        "analyses": {
            "orr.stays": {"old": FIRST, "method": FIRST, "shared": FIRST[1:], "data": LAST[1:2], "evidence": LAST}
        },
        "added": {"orr.came": FIRST},
        "removed": {"orr.went": pooled(FIRST)},
        "released": {"orr.stays": pooled(FIRST)},
        "later": None,
        "contrasts": [
            {"outcome": "orr", "comparison": "two", "before": contrast, "now": None, "groups": ["stays", "came"]},
            {"outcome": "orr", "comparison": "gone", "before": contrast, "now": None, "groups": None},
        ],
        "protocol": {
            "added": {"group": ["Came"]},
            "removed": {"group": ["Went"]},
            "settings": [{"setting": "level", "before": 0.9, "now": 0.95}],
        },
        "software": [{"name": "numpy", "before": "1", "now": "2"}],
        "models": {"old": LOGIT, "new": LOGIT},
        "levels": {"old": 0.95, "new": 0.95},
        "heterogeneity": {"old": BOUNDS, "new": BOUNDS},
        "thresholds": {"orr": 0.35},
        "status_before": [status("a-r", "retraction")],
        "studies": {"before": ["a", "b"], "now": ["a", "b", "c"], "labels": {"c": "Synthetic C"}},
        "labels": {
            "outcomes": {"orr": "ORR"},
            "groups": {"stays": "Stays", "came": "Came", "went": "Went"},
            "comparisons": {"two": "Two groups", "gone": "Gone"},
        },
    }


def test_every_number_and_conclusion_stands_before_and_after(meaning):
    told = compare(json.loads(json.dumps(meaning, sort_keys=True)), [])
    stays, came, went = told["estimates"]
    for side, rows in (("before", FIRST), ("now", LAST)):
        result = pooled(rows)
        for key in ("k", "n", "estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "i2"):
            assert stays[side][key] == result[key]
        assert stays[side]["heterogeneity"] == ("low" if side == "before" else "substantial")
    assert (stays["before"]["side"], stays["now"]["side"]) == (
        "not above, the interval holds it",
        "above, the interval holds it",
    )
    assert sum(stays["causes"].values()) == pytest.approx(stays["total"])
    assert (came["before"], went["now"]) == (None, None)
    assert came["now"]["estimate"] == went["before"]["estimate"] == pooled(FIRST)["estimate"]


def test_the_words_tell_all_of_it(meaning):
    told = as_markdown(compare(meaning, [status("a-r", "retraction"), status("c-r", "retraction")]))
    for said in (
        "New studies: Synthetic C.",
        "a, orr.stays: 12/20 from a-new in the place of 6/20 from a-r.",
        "b, orr.stays: 10/30 in the place of 9/30, both from b-r.",
        "Reports retracted since: c-r.",
        "Added: group Came.",
        "No longer there: group Went.",
        "level: 0.95 in the place of 0.9.",
        "numpy 2 in the place of 1.",
        "35.0%: not above, the interval holds it",
        "35.0%: above, the interval holds it",
        "new in the protocol",
        "no longer in the protocol",
        "the threshold of 35.0% was crossed",
        "an included report was retracted: c-r",
        "not compared",
    ):
        assert said in told, said


def test_a_verdict_on_groups_of_now_is_that_of_their_pooled_results(meaning):
    two, gone = compare(meaning, [])["contrasts"]
    assert two["before"]["verdict"] == "the groups differ"
    assert two["now"]["estimate"] == pytest.approx(pooled(FIRST)["mean"] - pooled(LAST)["mean"])
    assert gone["now"] is None and gone["signals"] == []


@pytest.mark.parametrize(("change", "shown"), [(0.0123, "+1.2"), (-0.00003, "-0.003"), (0.0, "unchanged")])
def test_a_small_change_is_not_shown_as_none(change, shown):
    causes = {"changed code": 0.0, "changed method": change, "corrected data": 0.0, "new evidence": 0.0}
    assert change_of({"before": {"k": 1}, "now": {"k": 1}, "total": change, "causes": causes}).startswith(shown)  # fmt: skip
